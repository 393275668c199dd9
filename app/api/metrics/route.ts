import { allows } from '#contracts/access.ts'
import { getHub } from '#server/web/hub.ts'
import { identify } from '#server/web/identity.ts'
import { metricsRefused } from '#server/web/problem-response.ts'

export const dynamic = 'force-dynamic'

/** For Prometheus: by the hub's metrics token, or for whoever may read. */
export async function GET(request: Request): Promise<Response> {
  const hub = await getHub()
  const admitted =
    (await hub.metrics.admits(request.headers.get('authorization'))) ||
    allows('read', await identify(hub, request.headers))
  if (!admitted) return metricsRefused()
  return new Response(await hub.metrics.render(), {
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
  })
}
