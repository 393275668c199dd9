import { getHub } from '#server/web/hub.ts'
import { metricsRefused } from '#server/web/problem-response.ts'
import { readSession } from '#server/web/session.ts'

export const dynamic = 'force-dynamic'

/** For Prometheus: by the hub's metrics token, or for somebody who is signed in. */
export async function GET(request: Request): Promise<Response> {
  const hub = await getHub()
  const admitted =
    (await hub.metrics.admits(request.headers.get('authorization'))) ||
    (await readSession(hub, request.headers)) !== null
  if (!admitted) return metricsRefused()
  return new Response(await hub.metrics.render(), {
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
  })
}
