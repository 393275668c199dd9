import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { toProblem } from '#contracts/problem.ts'
import type { HubServices } from '#server/services/api.ts'

type Door = HubServices['enrolmentDoor']

/** The hub's `/api/enroll/*` without the web process: what it says and takes can be looked at, and changed by `between`. */
export async function serveDoor(
  door: Door,
  between: (question: string, answer: object) => object = (_, answer) => answer,
): Promise<{ url: URL; bodies: string[] } & AsyncDisposable> {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    const question = (request.url ?? '').split('/').at(-1) as keyof Door
    try {
      const body = await json(request)
      bodies.push(JSON.stringify(body))
      const answer = await (door[question] as (body: unknown, address: string) => Promise<object>)(body, '192.0.2.7')
      const text = JSON.stringify(between(question, answer))
      bodies.push(text)
      response.end(text)
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ problem: toProblem(error) }))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
