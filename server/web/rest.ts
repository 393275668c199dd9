import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { NextResponse } from 'next/server'
import { refusal } from '#contracts/access.ts'
import type { TrpcContext } from '#server/trpc/context.ts'
import { problemOf, unauthenticated, withCode } from '#server/trpc/errors.ts'
import { createCaller } from '#server/trpc/routers/_app.ts'
import { getHub, type WebHub } from './hub.ts'
import { contextOf, identify } from './identity.ts'
import { logFault } from './log.ts'
import { restProblem } from './rest-problem.ts'
import { pathParts, ruleOf } from './routes.ts'

type Caller = ReturnType<typeof createCaller>

/**
 * Answers a REST request by the procedures of tRPC, so that both say the same and ask for the same session or token. The rule
 * of its path (routes.ts) is looked at before. What is thrown is problem+json with the status of its code.
 */
export async function rest(
  request: Request,
  work: (call: Caller, hub: WebHub, context: TrpcContext) => Promise<Response | object>,
): Promise<Response> {
  try {
    const hub = await getHub()
    const identity = await identify(hub, request.headers)
    if (!identity) return restProblem(401, unauthenticated.problem)
    const refused = refusal(ruleOf(request.method, pathParts(new URL(request.url).pathname) ?? []), identity)
    if (refused) return restProblem(403, { code: 'forbidden', ...refused, safe: 'Nothing was changed.' })
    const context = contextOf(hub, identity, request.headers)
    const answer = await work(createCaller(context), hub, context)
    if (answer instanceof Response) return answer
    return NextResponse.json(answer, { headers: { 'cache-control': 'no-store' } })
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown : new Error(String(thrown))
    const wrapped = thrown instanceof TRPCError ? thrown : new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause })
    const error = withCode(wrapped)
    logFault(error, new URL(request.url).pathname)
    return restProblem(getHTTPStatusCodeFromError(error), problemOf(error))
  }
}
