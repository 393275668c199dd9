import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { type Problem, problemSchema } from '#contracts/problem.ts'
import { snakeKeys } from './case.ts'

/** A refusal as RFC 9457 has it, with our problem whole beside it. */
export const failureSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  problem: problemSchema,
})

export const PROBLEM_TYPE = 'application/problem+json'

/** The body of a refusal, as it is sent. */
export function failureBody(status: number, problem: Problem): object {
  const title = STATUS_CODES[status] ?? 'Failed'
  const body: z.infer<typeof failureSchema> = { type: 'about:blank', title, status, detail: problem.happened, problem }
  return snakeKeys(body) as object
}

export function failure(status: number, problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(failureBody(status, problem)), {
    status,
    headers: { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', ...headers },
  })
}

/** Thrown where a status says more than the problem's code does. */
export class Refusal extends Error {
  readonly status: number
  readonly problem: Problem
  readonly headers: Record<string, string>
  constructor(status: number, problem: Problem, headers: Record<string, string> = {}) {
    super(problem.happened)
    this.name = 'Refusal'
    this.status = status
    this.problem = problem
    this.headers = headers
  }
}
