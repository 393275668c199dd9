import { isTrackedEnvelope, TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import type { HubEvent } from '#contracts/events.ts'
import type { Problem } from '#contracts/problem.ts'
import type { HubServices } from '../services/api.ts'
import type { Answer, Idempotency } from '../services/idempotency/service.ts'
import { problemOf, unauthenticated, withCode } from '../trpc/errors.ts'
import { snakeKeys } from './case.ts'
import { failure, failureBody, PROBLEM_TYPE, Refusal } from './failure.ts'
import { once } from './idempotent.ts'
import { type Input, readInput } from './input.ts'
import type { Limits } from './limits.ts'
import { match } from './match.ts'
import { assertAcceptable } from './negotiate.ts'
import type { Caller, Operation, ProcedureName, Work } from './operation.ts'

export const BASE = '/api/v1'

export interface RestParts {
  operations: readonly Operation[]
  services: HubServices
  limits: Limits
  keys: Idempotency
  document(): object
  /** Told of faults of ours, which strangers see without words. */
  logFault(error: TRPCError, path: string): void
}

/** Whoever asks, as the procedures know them. */
export interface Asker {
  /** Whose requests are counted together, and whose idempotency keys are one's own. */
  owner: string
  /** Why the asker may not do what this procedure does; null: may. */
  refused(procedure: ProcedureName): Pick<Problem, 'happened' | 'remedy'> | null
  /** The procedures as this asker; subscriptions end when the signal aborts. */
  caller(signal: AbortSignal): Caller
}

function workOf(parts: RestParts, asker: Asker, request: Request): Work {
  return {
    call: asker.caller(request.signal),
    async *follow(after, signal) {
      for await (const each of await asker.caller(signal).events.subscribe({ after }))
        if (isTrackedEnvelope(each)) yield each[1] as HubEvent
    },
    services: parts.services,
    signal: request.signal,
    headers: request.headers,
    document: parts.document,
  }
}

/** What was thrown, as status and problem; faults of ours go to the log. */
function refusalOf(thrown: unknown, parts: RestParts, path: string): Refusal {
  if (thrown instanceof Refusal) return thrown
  const cause = thrown instanceof Error ? thrown : new Error(String(thrown))
  const error = withCode(thrown instanceof TRPCError ? thrown : new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause }))
  parts.logFault(error, path)
  return new Refusal(getHTTPStatusCodeFromError(error), problemOf(error))
}

const nothingThere: Problem = {
  code: 'not_found',
  happened: 'There is no such operation.',
  remedy: `GET ${BASE}/openapi.json lists all of them; /api/docs shows them.`,
}

function notForMethod(method: string, allow: readonly string[]): Refusal {
  const happened = `${method} is not what can be done here.`
  const remedy = `These can: ${allow.join(', ')}.`
  return new Refusal(405, { code: 'bad_input', happened, remedy }, { allow: allow.join(', ') })
}

async function perform(operation: Operation, input: Input, work: Work): Promise<Response | Answer> {
  const result = await operation.run(input as never, work)
  if (result instanceof Response) return result
  const status = operation.otherwise?.when(result) ? operation.otherwise.status : operation.status
  const at = operation.location?.(result as never)
  // The document's own words are its own: only answers of ours are rewritten.
  const body = operation.id === 'getOpenApi' ? (result as object) : (snakeKeys(result ?? {}) as object)
  return { status, body, location: at === undefined ? null : BASE + at }
}

function toResponse({ status, body, location }: Answer, replayed: boolean): Response {
  const headers = new Headers(location === null ? {} : { location })
  if (replayed) headers.set('idempotency-replayed', 'true')
  if (status === 204) return new Response(null, { status, headers })
  headers.set('content-type', status >= 400 && 'problem' in body ? PROBLEM_TYPE : 'application/json')
  return new Response(JSON.stringify(body), { status, headers })
}

async function answer(request: Request, parts: RestParts, asker: Asker): Promise<Response> {
  const { pathname } = new URL(request.url)
  const found = match(parts.operations, request.method, pathname.slice(BASE.length))
  if (found.kind === 'none') throw new Refusal(404, nothingThere)
  if (found.kind === 'method') {
    if (request.method !== 'OPTIONS') throw notForMethod(request.method, found.allow)
    return new Response(null, { status: 204, headers: { allow: found.allow.join(', ') } })
  }
  const { operation, params } = found
  const refused = asker.refused(operation.procedure)
  if (refused) throw new Refusal(403, { code: 'forbidden', ...refused, safe: 'Nothing was changed.' })
  assertAcceptable(operation, request.headers)
  const input = await readInput(request, operation, params)
  const work = workOf(parts, asker, request)
  if (operation.kind !== 'json') return (await perform(operation, input, work)) as Response
  const asked = { owner: asker.owner, headers: request.headers, operation, input }
  const { answer: said, replayed } = await once(parts.keys, asked, async () => {
    try {
      return (await perform(operation, input, work)) as Answer
    } catch (thrown) {
      const { status, problem } = refusalOf(thrown, parts, pathname)
      return { status, body: failureBody(status, problem), location: null }
    }
  })
  return toResponse(said, replayed)
}

/**
 * Answers a request under {@link BASE}. Never throws: what fails is problem+json.
 * @param asker  null: nobody is signed in
 */
export async function handleRest(request: Request, parts: RestParts, asker: Asker | null): Promise<Response> {
  const counted = new Headers({ 'cache-control': 'no-store' })
  const say = async () => {
    if (asker === null) throw new Refusal(401, unauthenticated.problem, { 'www-authenticate': 'Bearer' })
    for (const [name, value] of Object.entries(await parts.limits.take(asker.owner))) counted.set(name, value)
    return answer(request, parts, asker)
  }
  const response = await say().catch((thrown: unknown) => {
    const { status, problem, headers } = refusalOf(thrown, parts, new URL(request.url).pathname)
    return failure(status, problem, headers)
  })
  if (response.status === 503 && !response.headers.has('retry-after')) response.headers.set('retry-after', '5')
  for (const [name, value] of counted) response.headers.set(name, value)
  if (request.method !== 'HEAD') return response
  // Nobody reads it: a stream must not go on for that.
  await response.body?.cancel()
  return new Response(null, response)
}
