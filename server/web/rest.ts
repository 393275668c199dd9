import { type Asker, handleRest } from '#server/rest/handle.ts'
import { operations } from '#server/rest/operations.ts'
import { createCaller } from '#server/trpc/routers/_app.ts'
import { getHub, type WebHub } from './hub.ts'
import { logFault } from './log.ts'
import { cannotLookUp } from './problem-response.ts'
import { restProblem } from './rest-problem.ts'
import { readSession } from './session.ts'

/** Who asks, by cookie. */
async function askerOf(hub: WebHub, request: Request): Promise<Asker | null> {
  const session = await readSession(hub, request.headers)
  if (session === null) return null
  const context = { services: hub.services, setup: hub.setup, session }
  return { owner: session.userId, caller: (signal) => createCaller(context, { signal }) }
}

/**
 * Answers a request to `/api/v1` by the table of operations, whose procedures are those of tRPC: both say the same and ask
 * for the same session. What goes wrong is problem+json with the status of its code.
 */
export async function rest(request: Request): Promise<Response> {
  let hub: WebHub
  let asker: Asker | null
  try {
    hub = await getHub()
    asker = await askerOf(hub, request)
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', at: new Date().toISOString(), path: 'rest', error: String(error) }))
    return restProblem(503, cannotLookUp)
  }
  return handleRest(request, { operations, services: hub.services, ...hub.rest, logFault }, asker)
}
