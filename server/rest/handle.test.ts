import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'
import type { Answer, Idempotency } from '../services/idempotency/service.ts'
import { type Asker, handleRest, type RestParts } from './handle.ts'
import { createLimits } from './limits.ts'
import { operation } from './operation.ts'

/** Keys in memory: what PostgreSQL does with them is tested against PostgreSQL. */
function keys(): Idempotency {
  const rows = new Map<string, { request: string; answer: Answer | null }>()
  return {
    async begin({ owner, key }, request) {
      const row = rows.get(owner + key)
      if (!row) rows.set(owner + key, { request, answer: null })
      if (!row) return { kind: 'begun', holder: 'me' }
      if (row.request !== request) return { kind: 'other' }
      return row.answer ? { kind: 'answered', answer: row.answer } : { kind: 'running' }
    },
    finish: async ({ owner, key }, _, answer) => void Object.assign(rows.get(owner + key) ?? {}, { answer }),
    release: async ({ owner, key }) => void rows.delete(owner + key),
  }
}

const done = vi.fn(async (name: string): Promise<Record<string, unknown>> => ({ someName: name }))
const common = { tag: 'Hub', summary: 'X', procedure: 'system.health' } as const
const operations = [
  operation({
    ...common,
    ...{ id: 'make', method: 'POST', path: '/things/{id}', status: 201, writes: [] },
    params: z.strictObject({ id: z.string() }),
    body: z.strictObject({ name: z.string().max(9), twice: z.object({ a: z.number(), b: z.number() }).optional() }),
    answer: z.looseObject({}),
    location: () => '/things/1',
    run: ({ body }) => done(body.name),
  }),
  operation({
    ...common,
    ...{ id: 'see', method: 'GET', path: '/things/{id}' },
    params: z.strictObject({ id: z.string() }),
    answer: z.looseObject({}),
    run: async ({ params }) => ({ theId: params.id }),
  }),
  operation({
    ...common,
    ...{ id: 'set', method: 'PUT', path: '/settings/{id}' },
    params: z.strictObject({ id: z.string() }),
    body: z.strictObject({ much: z.number().nullable() }),
    answer: z.looseObject({}),
    run: async ({ params, body }) => ({ theId: params.id, much: body.much }),
  }),
]

function world(perMinute = 1000) {
  done.mockReset().mockImplementation(async (name) => ({ someName: name }))
  const limits = createLimits(perMinute)
  const parts = { operations, limits, keys: keys(), services: {}, document: () => ({}), logFault: vi.fn() }
  const asker = { owner: 'ada', refused: () => null, caller: () => ({}) } as unknown as Asker
  return async (method: string, path: string, init: RequestInit & { asker?: null } = {}) => {
    const request = new Request(`http://hub/api/v1${path}`, { method, ...init })
    const response = await handleRest(request, parts as unknown as RestParts, init.asker === null ? null : asker)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }
}
const post = (body: unknown, headers: Record<string, string> = {}) => ({
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
})

describe('a request', () => {
  it('is answered in snake_case, with where it can be asked for', async () => {
    const ask = world()
    const { status, headers, body } = await ask('POST', '/things/a', post({ name: 'x' }))
    expect([status, body]).toEqual([201, { some_name: 'x' }])
    expect(headers.get('location')).toBe('/api/v1/things/1')
    expect(headers.get('cache-control')).toBe('no-store')
    expect((await ask('GET', '/things/%C3%A4')).body).toEqual({ the_id: 'ä' })
  })

  it.each([
    ['nobody asks', 401, 'GET', '/things/1', { asker: null }],
    ['there is no such path', 404, 'GET', '/thing', {}],
    ['a part is no text', 404, 'GET', '/things/%ff', {}],
    ['there is a slash too many', 404, 'GET', '/things/1/', {}],
    ['the method is another', 405, 'PUT', '/things/1', post({})],
    ['JSON is not accepted', 406, 'GET', '/things/1', { headers: { accept: 'text/html' } }],
    ['the body is large', 413, 'POST', '/things/1', post({ name: 'x'.repeat(70_000) })],
    ['the body is no JSON', 415, 'POST', '/things/1', post('a=1', { 'content-type': 'text/plain' })],
    ['the body is broken', 400, 'POST', '/things/1', post('{"name":')],
    ['the body is no UTF-8', 400, 'POST', '/things/1', { ...post(''), body: Buffer.from([0x22, 0xff, 0x22]) }],
    ['the body is deep', 400, 'POST', '/things/1', post('['.repeat(60_000))],
    ['a field lacks', 400, 'POST', '/things/1', post({})],
    ['a field is unknown', 400, 'POST', '/things/1', post({ name: 'x', more: 1 })],
    ['a parameter is unknown', 400, 'GET', '/things/1?more=1', {}],
    ['a parameter stands twice', 400, 'GET', '/things/1?a=1&a=2', {}],
    ['the key is not readable', 400, 'POST', '/things/1', post({ name: 'x' }, { 'idempotency-key': 'a b' })],
  ])('is refused in words when %s', async (_, status, method, path, init) => {
    const answer = await world()(method, path, init as RequestInit)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ type: 'about:blank', status, problem: { happened: answer.body.detail } })
    if (status === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS')
  })

  it('reads the body of a PUT, whose fields must stand there', async () => {
    const ask = world()
    expect(await ask('PUT', '/settings/a', post({ much: null }))).toMatchObject({
      status: 200,
      body: { the_id: 'a', much: null },
    })
    expect((await ask('PUT', '/settings/a', post({}))).body.problem.field).toBe('much')
    expect((await ask('PUT', '/settings/a')).status).toBe(400)
    expect((await ask('PUT', '/settings/a', post('a=1', { 'content-type': 'text/plain' }))).status).toBe(415)
  })

  it('names the field that is wrong', async () => {
    const ask = world()
    expect((await ask('POST', '/things/1', post({ name: 'x', more: 1 }))).body.problem.field).toBe('more')
    expect((await ask('POST', '/things/1', post({ name: 'x'.repeat(10) }))).body.problem.field).toBe('name')
  })

  it('is told what fails, and nothing of what is ours', async () => {
    const ask = world()
    done.mockRejectedValue(new ProblemError({ code: 'busy', happened: 'It runs already.' }))
    expect(await ask('POST', '/things/1', post({ name: 'x' }))).toMatchObject({
      status: 409,
      body: { detail: 'It runs already.' },
    })
    done.mockRejectedValue(new Error('secret'))
    const fault = await ask('POST', '/things/1', post({ name: 'x' }))
    expect([fault.status, JSON.stringify(fault.body).includes('secret')]).toEqual([500, false])
    done.mockRejectedValue(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
    const away = await ask('POST', '/things/1', post({ name: 'x' }))
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('never breaks the dispatcher, whatever it is', async () => {
    const ask = world(100_000)
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH')
    const path = fc
      .array(fc.constantFrom('things', '%ff', '..', '?a=1', 'ä', '%00', '[', '{id}', ' '), { maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`)
    await fc.assert(
      fc.asyncProperty(method, path, fc.json({ maxDepth: 2 }), async (how, where, body) => {
        const init = how === 'GET' || how === 'HEAD' ? {} : post(body)
        const request = ask(how, where, init)
        expect((await request).status).toBeLessThan(500)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the same request again', () => {
  it('does nothing twice and gets the same answer, whatever the order of its fields', async () => {
    const ask = world()
    const key = { 'idempotency-key': 'k' }
    const first = await ask('POST', '/things/1', post({ name: 'x', twice: { a: 1, b: 2 } }, key))
    const again = await ask('POST', '/things/1', post({ twice: { b: 2, a: 1 }, name: 'x' }, key))
    expect([again.status, again.body, again.headers.get('location')]).toEqual([201, first.body, '/api/v1/things/1'])
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true'])
    expect(done).toHaveBeenCalledTimes(1)
  })

  it('is refused when it is another one, and asked to wait while the first one runs', async () => {
    const ask = world()
    const key = { 'idempotency-key': 'k' }
    let finish: (answer: Record<string, unknown>) => void = () => undefined
    done.mockImplementation(() => new Promise<Record<string, unknown>>((resolve) => (finish = resolve)))
    const first = ask('POST', '/things/1', post({ name: 'x' }, key))
    await vi.waitFor(() => expect(done).toHaveBeenCalled())
    expect((await ask('POST', '/things/1', post({ name: 'x' }, key))).status).toBe(409)
    finish({})
    expect((await first).status).toBe(201)
    for (const [path, name] of [
      ['/things/1', 'y'],
      ['/things/2', 'x'],
    ])
      expect((await ask('POST', path ?? '', post({ name }, key))).status).toBe(422)
  })

  it('keeps a refusal, and tries again after a fault', async () => {
    const ask = world()
    done.mockRejectedValueOnce(new ProblemError({ code: 'busy', happened: 'It runs.' }))
    done.mockRejectedValueOnce(new Error('fault'))
    const refused = () => ask('POST', '/things/1', post({ name: 'x' }, { 'idempotency-key': 'a' }))
    expect([(await refused()).status, (await refused()).status]).toEqual([409, 409])
    const faulty = () => ask('POST', '/things/1', post({ name: 'x' }, { 'idempotency-key': 'b' }))
    expect([(await faulty()).status, (await faulty()).status]).toEqual([500, 201])
  })
})

it('who asks too often is told when to come back', async () => {
  const ask = world(2)
  const answers = [await ask('GET', '/things/1'), await ask('GET', '/things/1'), await ask('GET', '/things/1')]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(answers.map(({ headers }) => headers.get('ratelimit-remaining'))).toEqual(['1', '0', '0'])
  expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
})
