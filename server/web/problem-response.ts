import { NextResponse } from 'next/server'
import type { Problem } from '#contracts/problem.ts'
import { restProblem } from './rest-problem.ts'

export const crossOriginProblem = (url: string): Problem => ({
  code: 'forbidden',
  happened: 'This request does not come from a page of this hub.',
  safe: 'Nothing was changed.',
  remedy: `Open the dashboard at ${url}, or set SENDENSE_URL to the address you use. A program sends that address as its Origin header.`,
})

/** Nobody can be let in, because nobody can be looked up. */
export const cannotLookUp: Problem = {
  code: 'unavailable',
  happened: 'Who asks cannot be looked up: the database of this hub does not answer.',
  safe: 'Running backups wait for it.',
  remedy: 'Ask again in some seconds. If it stays away, look whether PostgreSQL runs on the hub.',
}

// JSON-RPC numbers of UNAUTHORIZED, FORBIDDEN and SERVICE_UNAVAILABLE in tRPC.
const rpcCodes = { 401: -32_001, 403: -32_003, 503: -32_603 } as const
const names = { 401: 'UNAUTHORIZED', 403: 'FORBIDDEN', 503: 'SERVICE_UNAVAILABLE' } as const

/** For a scraper without the token. */
export function metricsRefused(): NextResponse {
  const problem: Problem = {
    code: 'unauthenticated',
    happened: 'The metrics need their token, or a session.',
    remedy: 'Send "Authorization: Bearer …" with what stands in secrets/metrics-token of the hub’s home.',
  }
  return problemResponse(401, problem, '/api/metrics')
}

/** A refusal in words: problem JSON, which a tRPC client reads as well. */
export function problemResponse(status: 401 | 403 | 503, problem: Problem, pathname: string): NextResponse {
  if (pathname.startsWith('/api/v1/')) return restProblem(status, problem)
  const path = pathname.startsWith('/api/trpc/') ? pathname.slice('/api/trpc/'.length) : undefined
  const data = { code: names[status], httpStatus: status, path, problem }
  const error = { json: { message: problem.happened, code: rpcCodes[status], data } }
  return NextResponse.json({ problem, error }, { status, headers: { 'cache-control': 'no-store' } })
}
