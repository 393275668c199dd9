import http from 'node:http'
import { sessionCookie } from '#scripts/demo/sign-in.ts'
import type { Stack } from './stack.ts'

/** A page that has subscribed to the hub's events and does not read them any more: its computer sleeps, its tab is frozen. */
export async function stalledBrowser(stack: Stack): Promise<AsyncDisposable> {
  const cookie = await sessionCookie({ env: stack.env, databaseUrl: stack.variables.DATABASE_URL ?? '' })
  const input = encodeURIComponent(JSON.stringify({ json: { after: '0' } }))
  const url = new URL(`/api/trpc/events.subscribe?input=${input}`, stack.url)
  const request = http.get(url, { headers: { cookie, accept: 'text/event-stream' } })
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
  })
  if (response.statusCode !== 200) throw new Error(`the subscription was refused: ${response.statusCode}`)
  response.on('error', () => undefined)
  response.socket.pause()
  return {
    [Symbol.asyncDispose]: async () => {
      request.destroy()
    },
  }
}
