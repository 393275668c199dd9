import { NextResponse } from 'next/server'
import type { Problem } from '#contracts/problem.ts'
import { failure } from '#server/rest/failure.ts'

/** A refusal before any operation was looked for. */
export function restProblem(status: number, problem: Problem): NextResponse {
  const refused = failure(status, problem, status === 503 ? { 'retry-after': '5' } : {})
  return new NextResponse(refused.body, refused)
}
