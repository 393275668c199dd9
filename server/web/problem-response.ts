import { NextResponse } from 'next/server'
import type { Problem } from '#contracts/problem.ts'
import { unauthenticated } from '#server/trpc/errors.ts'
import { restProblem } from './rest-problem.ts'

type Status = 400 | 401 | 403 | 411 | 413 | 503
type Refusal = [status: Status, problem: Problem]

/** Nobody can be let in, because nobody can be looked up. */
export const cannotLookUp: Problem = {
  code: 'unavailable',
  happened: 'Who asks cannot be looked up: the database of this hub does not answer.',
  safe: 'Running backups wait for it.',
  remedy: 'Ask again in some seconds. If it stays away, look whether PostgreSQL runs on the hub.',
}

/** Writes to the process's log what strangers are not told. */
export function logLookUp(error: unknown, path: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(JSON.stringify({ level: 'error', at: new Date().toISOString(), path, error: text }))
}

/** Why the door is closed, in words. `url` is where people reach the dashboard. */
export function doorProblem(
  why: 'path' | 'body' | 'length' | 'cross-origin' | 'token' | 'nobody' | 'unknown-token',
  url: string,
): Refusal {
  const safe = 'Nothing was changed.'
  switch (why) {
    case 'path':
      return [400, { code: 'bad_input', happened: 'The path of this address is not readable.', safe }]
    case 'body':
      return [
        413,
        {
          code: 'bad_input',
          happened: 'The request is too large: 1 MiB is the most, and 16 KiB where nobody needs to be signed in.',
          safe,
        },
      ]
    case 'length':
      return [411, { code: 'bad_input', happened: 'The request does not say its length (Content-Length).', safe }]
    case 'cross-origin':
      return [
        403,
        {
          code: 'forbidden',
          happened: 'This request does not come from a page of this hub.',
          safe,
          remedy: `Open the dashboard at ${url}, or set SENDENSE_URL to the address you use. A program sends a token, or that address as its Origin header.`,
        },
      ]
    case 'token':
      return [403, { code: 'forbidden', happened: 'A token does not sign in, and minds no session.', safe }]
    case 'unknown-token':
      return [
        401,
        {
          code: 'unauthenticated',
          happened: 'This token is not known, was revoked or has expired.',
          safe,
          remedy: 'Make another one in Settings, Access, and send it as "Authorization: Bearer …".',
        },
      ]
    case 'nobody':
      return [401, unauthenticated.problem]
  }
}

// What tRPC calls these, with its JSON-RPC numbers.
const rpcCodes = { 400: -32_600, 401: -32_001, 403: -32_003, 411: -32_600, 413: -32_013, 503: -32_603 } as const
const names = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  411: 'BAD_REQUEST',
  413: 'PAYLOAD_TOO_LARGE',
  503: 'SERVICE_UNAVAILABLE',
} as const

/** For a scraper without the token. */
export function metricsRefused(): NextResponse {
  const problem: Problem = {
    code: 'unauthenticated',
    happened: 'The metrics need their own token, one of the hub’s, or a session.',
    remedy: 'Send "Authorization: Bearer …" with what stands in secrets/metrics-token of the hub’s home.',
  }
  return problemResponse(401, problem, '/api/metrics')
}

/** A refusal in words: problem JSON, which a tRPC client reads as well. */
export function problemResponse(status: Status, problem: Problem, pathname: string): NextResponse {
  if (pathname.startsWith('/api/v1/')) return restProblem(status, problem)
  const path = pathname.startsWith('/api/trpc/') ? pathname.slice('/api/trpc/'.length) : undefined
  const data = { code: names[status], httpStatus: status, path, problem }
  const error = { json: { message: problem.happened, code: rpcCodes[status], data } }
  return NextResponse.json({ problem, error }, { status, headers: { 'cache-control': 'no-store' } })
}
