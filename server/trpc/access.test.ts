import { TRPCError } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { describe, expect, it } from 'vitest'
import { type RuleName, ruleNames } from '#contracts/access.ts'
import { type Problem, type ProblemCode, ProblemError, problemCodes } from '#contracts/problem.ts'
import type { AccessServices } from '../services/access/api.ts'
import type { AuditNote } from '../services/access/audit.ts'
import type { HubServices } from '../services/api.ts'
import type { Setup } from '../services/auth/setup.ts'
import { shouldPass, testAskers } from '../testing/askers.ts'
import type { Identity, TrpcContext } from './context.ts'
import { problemOf, trpcCodes } from './errors.ts'
import { appRouter, createCaller } from './routers/_app.ts'

const identity = testAskers.find(({ label }) => label === 'administrator')?.identity as Identity
const setup: Setup = { needed: async () => false, createAdministrator: async () => ({ userId: 'u' }) }

/** Services of which every method throws the problem; `touched` tells whether one was reached. */
function failing(error: Error) {
  const calls: string[] = []
  const service = new Proxy(
    {},
    {
      get: (_, name) => () => {
        calls.push(String(name))
        throw error
      },
    },
  )
  const services = new Proxy({}, { get: () => service }) as HubServices
  const notes: AuditNote[] = []
  const audit = new Proxy(
    { note: async (entry: AuditNote) => void notes.push(entry) },
    { get: (own, name) => Reflect.get(own, name) ?? Reflect.get(service, name) },
  )
  const access = new Proxy({}, { get: (_, name) => (name === 'audit' ? audit : service) }) as AccessServices
  return { world: { services, access, setup, address: '192.0.2.7' }, calls, notes }
}

type Call = (input?: unknown) => Promise<unknown>
async function call(context: TrpcContext, path: string, input?: unknown): Promise<unknown> {
  const procedure = path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], createCaller(context))
  const result = await (procedure as Call)(input)
  // A subscription answers with an iterable; what is wrong comes with its first value at the latest.
  if (result && typeof result === 'object' && Symbol.asyncIterator in result)
    return (result as AsyncIterable<unknown>)[Symbol.asyncIterator]().next()
  return result
}

const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { meta?: { rule: RuleName } } }>
const ruled = Object.entries(procedures).map(([name, { _def }]) => ({ name, rule: _def.meta?.rule }))

describe('who may call a procedure', () => {
  it('is said by each of them', () => {
    expect(ruled.length).toBeGreaterThan(35)
    expect(ruled.filter(({ rule }) => rule === undefined || !ruleNames.includes(rule))).toEqual([])
    expect(new Set(ruled.map(({ rule }) => rule)).size).toBeGreaterThanOrEqual(6)
  })

  it('only first run is open', () => {
    expect(ruled.filter(({ rule }) => rule === 'open').map(({ name }) => name)).toEqual([
      'setup.state',
      'setup.createAdministrator',
    ])
  })

  it.each(ruled)('$name: the rule $rule, for everybody who may come', async ({ name, rule }) => {
    const wrong: string[] = []
    for (const asker of testAskers) {
      const { world, calls } = failing(new Error('reached'))
      const code = await call({ ...world, identity: asker.identity }, name).then(
        () => 'answered',
        (error: TRPCError) => error.code,
      )
      const passed = code !== 'UNAUTHORIZED' && code !== 'FORBIDDEN'
      const known = asker.identity === null ? 'UNAUTHORIZED' : 'FORBIDDEN'
      if (passed !== shouldPass(rule ?? 'people', asker)) wrong.push(`${asker.label}: ${code}`)
      if (!passed && (code !== known || calls.length > 0)) wrong.push(`${asker.label}: ${code}, ${calls.join()}`)
    }
    expect(wrong).toEqual([])
  })
})

describe('the audit trail', () => {
  const by = (label: string) => testAskers.find((asker) => asker.label === label)?.identity ?? null
  const written = async (who: string, name: string, input: unknown, error: Error) => {
    const { world, notes } = failing(error)
    await call({ ...world, identity: by(who) }, name, input).catch(() => undefined)
    return notes
  }
  const id = '00000000-0000-4000-8000-000000000000'
  const broken = new ProblemError({ code: 'unavailable', happened: 'It is away.' })

  it('says who, by what, what, on what, from where, and how it ended', async () => {
    const about = {
      userId: 'u',
      who: 'ada@example.org',
      address: '192.0.2.7',
      action: 'appliances.stop',
      target: { id },
    }
    expect(await written('administrator', 'appliances.stop', { id }, broken)).toEqual([
      { ...about, via: 'session', token: null, outcome: 'failed', code: 'unavailable' },
    ])
    expect(await written('administrator, token read', 'appliances.stop', { id }, broken)).toEqual([
      { ...about, via: 'token', token: 'nightly', outcome: 'refused', code: 'forbidden' },
    ])
    expect(await written('viewer', 'appliances.stop', { id: 7 }, broken)).toMatchObject([{ outcome: 'refused' }])
  })

  it('holds no secret, and nothing of endless length', async () => {
    const input = { name: 'n\n'.repeat(500), publicKey: 'k', apiToken: 'hunter2-hunter2-hunter2', path: { a: 1 } }
    const [note] = await written('administrator', 'appliances.register', input, broken)
    expect(Object.keys(note?.target ?? {})).toEqual(['name'])
    expect(JSON.stringify(note)).not.toMatch(/hunter2/)
    expect(JSON.stringify(note).length).toBeLessThan(600)
    expect(note?.target?.name).not.toContain('\n')
  })

  it('is not filled by questions, nor by strangers who are refused', async () => {
    expect(await written('administrator', 'vms.list', undefined, broken)).toEqual([])
    expect(await written('nobody', 'appliances.stop', { id }, broken)).toEqual([])
  })
})

describe('errors', () => {
  const thrown = (error: Error) =>
    call({ ...failing(error).world, identity }, 'vms.list').then(
      () => expect.unreachable(),
      (caught: TRPCError) => caught,
    )
  const problem = (code: ProblemCode): Problem => ({ code, happened: 'It broke.', safe: 'All.', remedy: 'Mend it.' })

  it.each(problemCodes)('%s keeps its code on the way to the browser', async (code) => {
    const error = await thrown(new ProblemError(problem(code)))
    expect(error).toBeInstanceOf(TRPCError)
    expect(error.code).toBe(trpcCodes[code])
    expect(problemOf(error).code).toBe(code)
    if (code !== 'internal') expect(problemOf(error)).toEqual(problem(code))
  })

  it('tells strangers nothing of a fault of ours', async () => {
    const error = await thrown(new Error('password=hunter2 at /srv/secret'))
    expect(error.code).toBe('INTERNAL_SERVER_ERROR')
    expect(JSON.stringify(problemOf(error))).not.toMatch(/hunter2|secret/)
    const ours = await thrown(new ProblemError({ code: 'internal', happened: 'stack of hunter2' }))
    expect(JSON.stringify(problemOf(ours))).not.toMatch(/hunter2/)
  })

  it('names the field of an input that is not valid', async () => {
    const { world } = failing(new Error('reached'))
    const error = await call({ ...world, identity }, 'vms.get', { id: 'x' }).catch((caught: TRPCError) => caught)
    expect(problemOf(error as TRPCError)).toMatchObject({ code: 'bad_input', field: 'id' })
  })

  it.each([
    ['{"json": {"id": ', 'vms.refresh'],
    ['', 'vms.refresh'],
    ['{"json": {}, "meta": {"values": 1}}', 'vms.refresh'],
    ['[]', 'vms.refresh?batch=1'],
  ])('a body that cannot be read (%s) is the asker’s fault, said in words', async (body, path) => {
    const { world, calls } = failing(new Error('reached'))
    const response = await fetchRequestHandler({
      endpoint: '/api/trpc',
      router: appRouter,
      createContext: () => ({ ...world, identity }),
      req: new Request(`http://hub/api/trpc/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }),
    })
    expect(response.status).toBe(400)
    const text = await response.text()
    expect(text).toContain('"bad_input"')
    expect(text).not.toContain('inside the hub')
    expect(calls).toEqual([])
  })

  it('is known by its mark, also when a bundler made a second class of it', () => {
    class Copy extends Error {
      override readonly name = 'ProblemError'
      readonly problem = problem('busy')
    }
    expect(new Copy()).toBeInstanceOf(ProblemError)
    expect(new Error('x')).not.toBeInstanceOf(ProblemError)
  })
})
