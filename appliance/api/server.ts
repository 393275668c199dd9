import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import {
  type ApplianceMethod,
  applianceMethods,
  BUILD_HEADER,
  HEARTBEAT_PATH,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  STREAM_PING_MS,
} from '#contracts/appliance.ts'
import { idSchema } from '#contracts/ids.ts'
import { ProblemError, toProblem } from '#contracts/problem.ts'
import { buildId } from '../build-id.ts'
import type { Jobs } from '../jobs/registry.ts'
import { errorText, type Log } from '../log.ts'
import { requireProtocol, requireToken } from './auth.ts'
import { parseBody, readBody } from './body.ts'
import { callMethod, type Handlers } from './handlers.ts'
import { problemStatus } from './problem-status.ts'
import { streamBytes, streamHeartbeat, streamReports } from './streams.ts'

export interface ApiOptions {
  /** The one of now: enrolling changes it. */
  token(): string
  handlers: Handlers
  jobs: Jobs
  log: Log
  /** Settled when the jobs of a former run are taken up; requests wait for it. */
  ready: Promise<void>
  /** Aborts when the daemon stops: streams end. */
  signal: AbortSignal
}

const rangeSchema = z.object({ from: z.coerce.number().int().min(0), to: z.coerce.number().int().min(0) })
const afterSchema = z.coerce.number().int().min(0).default(0)

/** The appliance's API: nobody is answered anything without the token. */
export function createApi(options: ApiOptions): Server {
  const server = createServer((request, response) => {
    response.setHeader(PROTOCOL_HEADER, String(PROTOCOL_VERSION))
    response.setHeader(BUILD_HEADER, buildId)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    response.on('error', () => gone.abort())
    const signal = AbortSignal.any([gone.signal, options.signal])
    answer(request, response, options, signal).catch((error: unknown) => fail(response, error, options.log, signal))
  })
  // Nobody honest is slow through a tunnel that is up; a proof may take minutes to answer, which this does not bound.
  server.headersTimeout = 10_000
  server.requestTimeout = 120_000
  return server
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ApiOptions,
  signal: AbortSignal,
): Promise<void> {
  requireToken(request.headers, options.token())
  requireProtocol(request.headers)
  // Whatever the hub asks keeps its jobs, for as long as it waits for the answer.
  using _held = options.jobs.lease.hold()
  await options.ready
  const url = new URL(request.url ?? '/', 'http://appliance')
  if (request.method === 'GET') {
    if (url.pathname === HEARTBEAT_PATH) return await streamHeartbeat(response, signal)
    const [, part, key] = /^\/v1\/jobs\/[^/]+\/(reports|digests\/(\d{1,10}))$/.exec(url.pathname) ?? []
    const id = idSchema.safeParse(/^\/v1\/jobs\/([^/]+)\//.exec(url.pathname)?.[1])
    if (part === undefined || !id.success) throw unknownPath(request)
    if (key !== undefined) {
      const range = rangeSchema.safeParse(Object.fromEntries(url.searchParams))
      if (!range.success)
        throw new ProblemError({ code: 'bad_input', happened: '"from" and "to" are no range.', field: 'from' })
      const { from, to } = range.data
      return await streamBytes(response, await options.jobs.get(id.data).digests(Number(key), from, to), signal)
    }
    const after = afterSchema.safeParse(url.searchParams.get('after') ?? undefined)
    if (!after.success) throw new ProblemError({ code: 'bad_input', happened: '"after" is no number.', field: 'after' })
    const reports = options.jobs.get(id.data).reports(after.data, { signal, idleMs: STREAM_PING_MS })
    return await streamReports(response, reports, signal)
  }
  const method = /^\/v1\/([A-Za-z.]+)$/.exec(url.pathname)?.[1] ?? ''
  if (request.method !== 'POST' || !Object.hasOwn(applianceMethods, method)) throw unknownPath(request)
  const name = method as ApplianceMethod
  const schema: z.ZodType = applianceMethods[name].input
  const input = parseBody(await readBody(request), schema)
  const output = await callMethod(options.handlers, name, input, signal)
  send(response, 200, output)
}

function unknownPath(request: IncomingMessage): ProblemError {
  const path = (request.url ?? '').slice(0, 200)
  return new ProblemError({ code: 'not_found', happened: `The appliance has no ${request.method} ${path}.` })
}

function fail(response: ServerResponse, error: unknown, log: Log, signal: AbortSignal): void {
  if (response.headersSent || response.destroyed) {
    if (!signal.aborted) log.error('a stream broke', { error: errorText(error) })
    response.destroy()
    return
  }
  const problem = toProblem(error)
  if (problem.code === 'internal') log.error('unexpected', { error: errorText(error) })
  // What was not read of a request must not be taken for the next one.
  response.setHeader('connection', 'close')
  send(response, problemStatus(problem.code), {
    problem:
      problem.code === 'internal' && !(error instanceof ProblemError)
        ? { ...problem, happened: 'The appliance met an unexpected error; its log has the details.' }
        : problem,
  })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
