import { NextResponse } from 'next/server'
import type { Problem } from '#contracts/problem.ts'

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Refused',
  404: 'Not found',
  409: 'Conflict',
  413: 'Too long',
  429: 'Too many tries',
  503: 'Not available',
}

/** A refusal as RFC 9457 has it, with our problem whole beside it. */
export function restProblem(status: number, problem: Problem): NextResponse {
  const body = { type: 'about:blank', title: titles[status] ?? 'Failed', status, detail: problem.happened, problem }
  return NextResponse.json(body, {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  })
}
