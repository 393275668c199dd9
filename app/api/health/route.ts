import { buildId } from '#lib/build-id.ts'
import { getHub } from '#server/web/hub.ts'

export const dynamic = 'force-dynamic'

const down = { ok: false, buildId: buildId(), database: false, engine: false }

/** Whether the parts live, for monitors: no secrets, no names. 503 when one of them does not. */
export async function GET(): Promise<Response> {
  const health = await getHub()
    .then((hub) => hub.services.health())
    .catch(() => down)
  return Response.json(health, { status: health.ok ? 200 : 503, headers: { 'cache-control': 'no-store' } })
}
