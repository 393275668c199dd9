import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { json } from 'node:stream/consumers'
import { enrol } from '#appliance/enrol/enrol.ts'
import type { EnrolmentView } from '#contracts/enrolment.ts'
import { toProblem } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import type { HubServices } from '#server/services/api.ts'
import { applianceEntry, checkout } from './appliance.ts'
import { startPart } from './processes.ts'

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

/** The appliance's side, as the command runs it: a code, and what it says on the way. */
export function startEnrolling(options: {
  dataDir: string
  name: string
  hub: URL
  code: string
  apiPort: number
  signal?: AbortSignal
}) {
  const { code, signal = new AbortController().signal, ...where } = options
  const said: string[] = []
  const done = enrol({
    ...{ ...where, listenHost: '127.0.99.2', signal },
    code: { given: true, read: async () => code },
    say: (line) => void said.push(line),
  })
  done.catch(() => undefined)
  return { done, said }
}

/** Waits until the code's appliance has asked. */
export async function requestOf(
  { enrolments }: Pick<HubServices, 'enrolments'>,
  id: string,
): Promise<EnrolmentView & { request: NonNullable<EnrolmentView['request']> }> {
  const found = async () => (await enrolments.list()).find((one) => one.id === id && one.request !== null)
  const row = await waitFor(found, { deadlineMs: 10_000 })
  if (!row?.request) throw new Error('no request came')
  return { ...row, request: row.request }
}

/** The daemon of an appliance that has enrolled; disposing ends it. */
export async function startEnrolled(name: string, dataDir: string, root: string): Promise<AsyncDisposable> {
  const daemon = await startPart({
    ...{ name, root, cwd: checkout, command: process.execPath, env: {} },
    args: [await applianceEntry(), 'run', '--data', dataDir, '--drain', 'cancel'],
    logFile: path.join(root, `${name}.log`),
  })
  return { [Symbol.asyncDispose]: () => daemon.stop() }
}
