import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BUILD_HEADER, type JobReport, PROTOCOL_HEADER, PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { freePort } from '../testing/port.ts'
import { type ApplianceClient, createApplianceClient } from './driver.ts'

const TOKEN = 'a-secret-token'
const jobId = randomUUID()
type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void
let handler: Handler
let cleanup: AsyncDisposableStack
let client: ApplianceClient
let port: number
let closed: Promise<unknown>

beforeEach(async () => {
  cleanup = new AsyncDisposableStack()
  const server = createServer(async (request, response) => {
    response.setHeader(PROTOCOL_HEADER, String(PROTOCOL_VERSION)).setHeader(BUILD_HEADER, 'their-build')
    closed = once(response, 'close')
    let body = ''
    for await (const chunk of request) body += chunk
    handler(request, response, body)
  }).listen(0, '127.0.0.1')
  cleanup.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  client = createApplianceClient({ host: '127.0.0.1', port, token: TOKEN, buildId: 'our-build' })
})
afterEach(() => cleanup.disposeAsync())

const answer =
  (value: unknown, status = 200): Handler =>
  (_request, response) =>
    response.writeHead(status).end(JSON.stringify(value))

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error as Error & { problem: { code: string; happened: string } },
  )

async function collect<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const found: T[] = []
  try {
    for await (const item of items) found.push(item)
    return { items: found, error: null }
  } catch (error) {
    return { items: found, error }
  }
}

describe('call', () => {
  it('sends token, protocol and build, checked input, and gives checked output', async () => {
    let seen: unknown
    handler = (request, response, body) => {
      const { method, url, headers } = request
      seen = { method, url, body: JSON.parse(body), token: headers.authorization, protocol: headers[PROTOCOL_HEADER] }
      response.end(JSON.stringify({ ended: true, more: 'dropped' }))
    }
    expect(await client.call('jobs.cancel', { jobId })).toEqual({ ended: true })
    expect(seen).toEqual({
      method: 'POST',
      url: '/v1/jobs.cancel',
      body: { jobId },
      token: `Bearer ${TOKEN}`,
      protocol: String(PROTOCOL_VERSION),
    })
    await expect(client.call('jobs.cancel', { jobId: 'x' })).rejects.toThrow()
  })

  it('throws the problem the appliance gave', async () => {
    handler = answer(
      { problem: { code: 'source_missing', happened: 'The file is gone.', remedy: 'Bring it back.' } },
      422,
    )
    expect((await failure(client.call('jobs.cancel', { jobId })))?.problem).toEqual({
      code: 'source_missing',
      happened: 'The file is gone.',
      remedy: 'Bring it back.',
    })
    handler = answer('nonsense', 500)
    expect((await failure(client.call('jobs.cancel', { jobId })))?.problem).toMatchObject({
      code: 'internal',
      happened: expect.stringContaining('HTTP 500'),
    })
  })

  it('another protocol: a clear error naming both sides, whatever the status', async () => {
    for (const status of [200, 409]) {
      handler = (_request, response) => response.writeHead(status, { [PROTOCOL_HEADER]: '7' }).end('{}')
      const problem = (await failure(client.call('jobs.cancel', { jobId })))?.problem
      expect(problem?.code).toBe('protocol_mismatch')
      for (const word of [`protocol ${PROTOCOL_VERSION}`, 'our-build', 'protocol 7', 'their-build'])
        expect(problem?.happened).toContain(word)
    }
    handler = answer({ unexpected: true })
    expect((await failure(client.call('jobs.cancel', { jobId })))?.problem.code).toBe('protocol_mismatch')
  })

  it('something else, nobody, or silence', async () => {
    handler = (_request, response) => {
      response.removeHeader(PROTOCOL_HEADER)
      response.end('<html>')
    }
    expect((await failure(client.call('jobs.cancel', { jobId })))?.problem).toMatchObject({
      code: 'appliance_unreachable',
      happened: expect.stringContaining('not a Sendense appliance'),
    })
    const nobody = createApplianceClient({ host: '127.0.0.1', port: await freePort(), token: TOKEN, buildId: 'b' })
    const refused = await failure(nobody.call('jobs.cancel', { jobId }))
    expect(refused?.problem).toMatchObject({
      code: 'appliance_unreachable',
      happened: expect.stringMatching(/REFUSED/),
    })
    expect(JSON.stringify(refused?.problem)).not.toContain(TOKEN)

    handler = () => undefined
    const late = failure(client.call('jobs.cancel', { jobId }, { timeoutMs: 100 }))
    expect((await late)?.problem).toMatchObject({ code: 'deadline', happened: expect.stringContaining('100 ms') })
    handler = (_request, response) => void response.write('{"en')
    const half = failure(client.call('jobs.cancel', { jobId }, { timeoutMs: 100 }))
    expect((await half)?.problem.code).toBe('deadline')
  })

  it('a connection that dies in the middle', async () => {
    const server = createTcpServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1')
    cleanup.defer(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const dying = createApplianceClient({ host: '127.0.0.1', port, token: TOKEN, buildId: 'b' })
    expect((await failure(dying.call('jobs.cancel', { jobId })))?.problem.code).toBe('appliance_unreachable')
  })

  it('stops when asked, before and during', async () => {
    const reason = new Error('cancelled by somebody')
    handler = () => undefined
    const controller = new AbortController()
    const pending = failure(client.call('jobs.cancel', { jobId }, { signal: controller.signal }))
    controller.abort(reason)
    expect(await pending).toBe(reason)
    expect(await failure(client.call('jobs.cancel', { jobId }, { signal: controller.signal }))).toBe(reason)
  })
})

const report = (seq: number, more: object = { type: 'phase', key: 2000, phase: 'copying' }) =>
  ({ seq, at: '2026-01-01T00:00:00Z', ...more }) as JobReport
const ended = (seq: number) =>
  report(seq, {
    type: 'client-ended',
    ok: true,
    tool: { command: 'c', exitCode: 0, signal: null, stderr: [] },
    problem: null,
  })
const line = (value: JobReport) => `${JSON.stringify(value)}\n`

describe('reports', () => {
  it('come in order, in whatever pieces they arrive, and end after client-ended', async () => {
    let url: string | undefined
    handler = (request, response) => {
      url = request.url
      const text = `\n${line(report(4))}\n${line(report(5))}${line(ended(6))}${line(report(7))}`
      for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) response.write(piece)
    }
    const { items, error } = await collect(client.reports(jobId, 3, AbortSignal.timeout(5000)))
    expect(url).toBe(`/v1/jobs/${jobId}/reports?after=3`)
    expect(error).toBeNull()
    expect(items).toEqual([report(4), report(5), ended(6)])
    await closed
  })

  it('none twice; a gap, nonsense and an early end are said', async () => {
    const streams: [string, string, number[]][] = [
      [line(report(1)) + line(report(1)) + line(report(2)), 'ended early', [1, 2]],
      [line(report(1)) + line(report(3)), 'report 2 .* missing', [1]],
      [`${line(report(1))}{"seq":2}\n`, 'could not be read', [1]],
      ['', 'ended early', []],
    ]
    for (const [text, words, seqs] of streams) {
      handler = (_request, response) => response.end(text)
      const { items, error } = await collect(client.reports(jobId, 0, AbortSignal.timeout(5000)))
      expect(items.map(({ seq }) => seq)).toEqual(seqs)
      expect(error).toMatchObject({
        problem: { code: 'appliance_unreachable', happened: expect.stringMatching(words) },
      })
    }
  })

  it('the appliance’s own refusal reaches the caller', async () => {
    handler = answer({ problem: { code: 'not_found', happened: 'No such job.' } }, 404)
    const { error } = await collect(client.reports(jobId, 0, AbortSignal.timeout(5000)))
    expect(error).toMatchObject({ problem: { code: 'not_found' } })
  })

  it('the stream is closed when the reader stops or the signal aborts', async () => {
    handler = (_request, response) => void response.write(line(report(1)))
    for await (const item of client.reports(jobId, 0, AbortSignal.timeout(5000))) {
      expect(item.seq).toBe(1)
      break
    }
    await closed
    const controller = new AbortController()
    const reason = new Error('enough')
    const items = client.reports(jobId, 0, controller.signal)
    expect((await items.next()).value).toEqual(report(1))
    const next = failure(items.next())
    controller.abort(reason)
    expect(await next).toBe(reason)
    await closed
  })
})

describe('heartbeat', () => {
  it('ticks when open and at each ping, and tells its end', async () => {
    handler = (_request, response) => {
      response.write('{}\n{}\n')
      response.end()
    }
    const { items, error } = await collect(client.heartbeat(AbortSignal.timeout(5000)))
    expect(items).toHaveLength(3)
    expect(items[0]?.roundTripMs).toBeGreaterThan(0)
    expect(items[1]?.roundTripMs).toBeNull()
    expect(error).toMatchObject({ problem: { code: 'appliance_unreachable' } })
  })

  it('silence is an end too', async () => {
    handler = (_request, response) => void response.write('{}\n')
    const endpoint = { host: '127.0.0.1', port, token: TOKEN, buildId: 'b', silenceMs: 150 }
    const impatient = createApplianceClient(endpoint)
    const { items, error } = await collect(impatient.heartbeat(AbortSignal.timeout(5000)))
    expect(items).toHaveLength(2)
    expect(error).toMatchObject({ problem: { happened: expect.stringContaining('silent for 150 ms') } })
    await closed
    handler = () => undefined
    const { error: unanswered } = await collect(impatient.heartbeat(AbortSignal.timeout(5000)))
    expect(unanswered).toMatchObject({ problem: { code: 'appliance_unreachable' } })
  })
})
