import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import { type Problem, type ProblemCode, ProblemError } from '#contracts/problem.ts'
import { whenAway } from '../services/away.ts'

/** The one map from our codes to tRPC's, which carry the HTTP status. */
export const trpcCodes = {
  bad_input: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  conflict: 'CONFLICT',
  busy: 'CONFLICT',
  unavailable: 'SERVICE_UNAVAILABLE',
  deadline: 'GATEWAY_TIMEOUT',
  protocol_mismatch: 'PRECONDITION_FAILED',
  appliance_unreachable: 'BAD_GATEWAY',
  tool_missing: 'PRECONDITION_FAILED',
  tunnel_refused: 'BAD_GATEWAY',
  export_failed: 'UNPROCESSABLE_CONTENT',
  export_unreachable: 'BAD_GATEWAY',
  no_free_port: 'SERVICE_UNAVAILABLE',
  repository_missing: 'PRECONDITION_FAILED',
  repository_identity: 'PRECONDITION_FAILED',
  repository_read_only: 'PRECONDITION_FAILED',
  repository_full: 'PRECONDITION_FAILED',
  source_missing: 'PRECONDITION_FAILED',
  source_read: 'BAD_GATEWAY',
  source_changed: 'CONFLICT',
  source_unknown: 'PRECONDITION_FAILED',
  source_format: 'PRECONDITION_FAILED',
  client_exited: 'UNPROCESSABLE_CONTENT',
  copy_failed: 'UNPROCESSABLE_CONTENT',
  proof_failed: 'UNPROCESSABLE_CONTENT',
  engine_restarted: 'SERVICE_UNAVAILABLE',
  lease_expired: 'SERVICE_UNAVAILABLE',
  internal: 'INTERNAL_SERVER_ERROR',
} as const satisfies Record<ProblemCode, TRPCError['code']>

/** What a stranger may know of a fault of ours. */
const hidden: Problem = {
  code: 'internal',
  happened: 'Something went wrong inside the hub.',
  remedy: 'Try again. If it stays, the log of the web process says what failed.',
}

export const unauthenticated = new ProblemError({
  code: 'unauthenticated',
  happened: 'This needs a signed-in person.',
  remedy: 'Sign in, then try again.',
})

const words: Partial<Record<TRPCError['code'], Pick<Problem, 'code' | 'happened'>>> = {
  // Ours carry a problem, wrong fields a ZodError: what is left is a body or an address that tRPC could not read.
  BAD_REQUEST: { code: 'bad_input', happened: 'The request is not readable: its input must be JSON like {"json": …}.' },
  NOT_FOUND: { code: 'not_found', happened: 'There is no such procedure.' },
  METHOD_NOT_SUPPORTED: { code: 'bad_input', happened: 'This procedure is not called by this HTTP method.' },
  PAYLOAD_TOO_LARGE: { code: 'bad_input', happened: 'The request is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { code: 'bad_input', happened: 'The request is not JSON.' },
  PARSE_ERROR: { code: 'bad_input', happened: 'The request is not readable.' },
}

function inputProblem(error: ZodError): Problem {
  const issue = error.issues[0]
  const field = issue?.path.join('.') ?? ''
  const happened = field === '' ? (issue?.message ?? 'The input is not valid.') : `${field}: ${issue?.message}`
  return {
    code: 'bad_input',
    happened: happened.slice(0, 2000),
    ...(field === '' ? {} : { field: field.slice(0, 200) }),
  }
}

/** The problem a tRPC error stands for, without internals. */
export function problemOf(error: TRPCError): Problem {
  if (error.cause instanceof ProblemError) {
    return error.cause.problem.code === 'internal' ? hidden : error.cause.problem
  }
  if (error.code === 'BAD_REQUEST' && error.cause instanceof ZodError) return inputProblem(error.cause)
  return words[error.code] ?? hidden
}

/** Gives a service's error its tRPC code, and one of a database that is away; leaves others as they are. */
export function withCode(error: TRPCError): TRPCError {
  const cause = error.code === 'INTERNAL_SERVER_ERROR' ? whenAway(error.cause) : error.cause
  if (!(cause instanceof ProblemError)) return error
  const { problem } = cause
  return new TRPCError({ code: trpcCodes[problem.code], message: problem.happened, cause })
}
