import { refusal } from '#contracts/access.ts'
import { type Asker, handleRest } from '#server/rest/handle.ts'
import { operations } from '#server/rest/operations.ts'
import { ruleOfProcedure } from '#server/rest/rules.ts'
import { createCaller } from '#server/trpc/routers/_app.ts'
import { getHub, type WebHub } from './hub.ts'
import { contextOf, identify } from './identity.ts'
import { logFault } from './log.ts'
import { cannotLookUp, logLookUp } from './problem-response.ts'
import { restProblem } from './rest-problem.ts'

/** Who asks, by token or cookie; null: nobody who is known. */
async function askerOf(hub: WebHub, request: Request): Promise<Asker | null> {
  const identity = await identify(hub, request.headers)
  if (identity === null) return null
  const { via, userId } = identity
  const context = contextOf(hub, identity, request.headers)
  return {
    owner: via.kind === 'token' ? `token:${via.id}` : `person:${userId}`,
    refused: (procedure) => refusal(ruleOfProcedure(procedure), identity),
    caller: (signal) => createCaller(context, { signal }),
  }
}

/**
 * Answers a request to `/api/v1` by the table of operations, whose procedures are those of tRPC: both say the same and ask
 * for the same session or token. What goes wrong is problem+json with the status of its code.
 */
export async function restApi(request: Request): Promise<Response> {
  let hub: WebHub
  let asker: Asker | null
  try {
    hub = await getHub()
    asker = await askerOf(hub, request)
  } catch (error) {
    logLookUp(error, request.url)
    return restProblem(503, cannotLookUp)
  }
  return handleRest(request, { operations, services: hub.services, ...hub.rest, logFault }, asker)
}
