import type { ProblemCode } from '#contracts/problem.ts'

/** The HTTP status of a problem. Whatever is not named here is an answer about the job itself: 422. */
const statuses: Partial<Record<ProblemCode, number>> = {
  bad_input: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  busy: 409,
  protocol_mismatch: 409,
  internal: 500,
  unavailable: 503,
  deadline: 504,
}

export function problemStatus(code: ProblemCode): number {
  return statuses[code] ?? 422
}
