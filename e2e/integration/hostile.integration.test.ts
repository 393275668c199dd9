import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { Problem } from '#contracts/problem.ts'
import { createAccess } from '#server/services/access/access.ts'
import { createAuth } from '#server/services/auth/auth.ts'
import { createSetup } from '#server/services/auth/setup.ts'
import type { TrpcContext } from '#server/trpc/context.ts'
import { appRouter } from '#server/trpc/routers/_app.ts'
import { sharedStack } from '../world/stack-tests.ts'

const world = sharedStack()
let context: TrpcContext
beforeAll(async () => {
  const { env, hub } = world.stack
  const mallory = { id: 'mallory', name: 'Mallory', email: 'mallory@example.org', role: 'administrator' }
  await hub.prisma.user.create({ data: mallory })
  const auth = await createAuth({ prisma: hub.prisma, env })
  context = {
    services: hub.services,
    access: createAccess(hub.prisma, env.url),
    setup: createSetup({ prisma: hub.prisma, env, auth }),
    address: '192.0.2.66',
    identity: {
      ...{ userId: 'mallory', name: 'Mallory', email: 'mallory@example.org', role: 'administrator' },
      ...{ scopes: null, via: { kind: 'session', id: 's' } },
    },
  }
})

const deep = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown
const uuid = '00000000-0000-4000-8000-000000000000'

/** What people and programs send who mean no good, and those who do not look. */
const hostile: readonly unknown[] = [
  ...['', ' ', '\0', 'a\0b', '\u202egpj.exe', '\ud800', '😀'.repeat(300), 'x'.repeat(100_000)],
  ...["'; DROP TABLE users; --", '" OR 1=1 --', '$(touch /tmp/owned)', '`id`', '|| true', '%s%n', '{{7*7}}'],
  ...['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', 'javascript:alert(1)'],
  ...['../../etc/passwd', '..\\..\\x', '/proc/self/mem', '/dev/null/x', '/etc/passwd/x', 'file:///etc/passwd'],
  ...['__proto__', 'constructor', uuid, '-1', 'NaN', '1e999', 'backup-x-1795440800'],
  ...[null, true, -1, 0, 1.5, 9e15, 1e308, [], {}, [[]], { $gt: '' }, ['a', 'b'], { toString: 'x' }, deep(500)],
]

/** A value that each field takes, so that the one that is hostile is reached. */
const valid: Record<string, unknown> = {
  ...{ id: uuid, vmId: uuid, applianceId: uuid, repositoryId: uuid, jobId: uuid, backupDiskId: uuid, type: 'full' },
  ...{ name: 'mallory', path: '/proc/x', email: 'x@example.org', role: 'viewer', disabled: false, days: 400 },
  ...{ publicKey: 'ssh-ed25519 AAAA', apiToken: 'x'.repeat(20), scopes: ['read'], expiresInDays: 1 },
  ...{ token: 'x', password: 'x'.repeat(12) },
}

interface Procedure {
  _def: { type: 'query' | 'mutation' | 'subscription'; inputs: unknown[] }
}
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>).filter(
  ([, { _def }]) => _def.type !== 'subscription',
)

/** The fields that a schema names, through defaults and unions. */
function fieldsOf(schema: unknown): string[] {
  const { shape, def } = (schema ?? {}) as { shape?: object; def?: { innerType?: unknown; options?: unknown[] } }
  if (shape) return Object.keys(shape)
  return [...new Set([def?.innerType, ...(def?.options ?? [])].filter(Boolean).flatMap(fieldsOf))]
}

async function ask(name: string, type: string, body: string): Promise<{ status: number; problem?: Problem }> {
  const url = new URL(`http://hub/api/trpc/${name}`)
  if (type === 'query') url.searchParams.set('input', body)
  const response = await fetchRequestHandler({
    endpoint: '/api/trpc',
    router: appRouter,
    createContext: () => context,
    req: new Request(
      url,
      type === 'query' ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body },
    ),
  })
  const answer = (await response.json()) as { error?: { json: { data: { problem: Problem } } } }
  return { status: response.status, problem: answer.error?.json.data.problem }
}

/** Fine, or refused by who asks: never a fault of the hub's, and always in words. */
function wrong({ status, problem }: Awaited<ReturnType<typeof ask>>): boolean {
  if (status < 400) return false
  return status >= 500 || !problem || problem.code === 'internal' || problem.happened === ''
}

const sent = (input: unknown) => JSON.stringify({ json: input })

it('every field of every procedure takes or refuses what is hostile, and none breaks the hub', async () => {
  const bad: string[] = []
  let asked = 0
  for (const [name, { _def }] of procedures) {
    const fields = fieldsOf(_def.inputs[0])
    // Each field meets a third of the values, the next field the next third: all of them would take half a minute.
    const each = async (value: unknown, nth: number) => {
      const inputs = [value, ...fields.map((field) => ({ ...valid, [field]: value }))]
      for (const [at, input] of inputs.entries()) {
        if ((at + nth) % 3 !== 0) continue
        const answer = await ask(name, _def.type, sent(input))
        asked += 1
        if (wrong(answer))
          bad.push(`${name} ${fields[at - 1] ?? ''} ${sent(value).slice(0, 80)}: ${JSON.stringify(answer)}`)
      }
    }
    // What takes no input does the same whatever is sent: once is enough.
    await Promise.all((_def.inputs.length === 0 ? [{ x: hostile }] : hostile).map(each))
  }
  expect(bad.slice(0, 20)).toEqual([])
  expect(asked).toBeGreaterThan(1000)
}, 240_000)

it('neither does anything else that is JSON, nor what is none', async () => {
  const bodies = [
    '',
    '{',
    '[]',
    'null',
    '{"json":',
    '\u0000',
    '{"json":1,"meta":{"values":{"":["Date"]}}}',
    '"'.repeat(3),
  ]
  const deepBody = `{"json":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  for (const name of ['vms.refresh', 'repositories.check', 'people.invite'])
    for (const body of [...bodies, deepBody, `{"json":{"__proto__":{"role":"administrator"}}}`])
      expect(await ask(name, 'mutation', body), `${name} ${body.slice(0, 40)}`).toMatchObject({ status: 400 })
  const named = fc.constantFrom(...procedures.map(([name, { _def }]) => ({ name, type: _def.type })))
  await fc.assert(
    fc.asyncProperty(named, fc.jsonValue({ maxDepth: 3 }), async ({ name, type }, value) => {
      const answer = await ask(name, type, sent(value))
      expect(wrong(answer), `${name}: ${JSON.stringify(answer)}`).toBe(false)
    }),
    { numRuns: 60 },
  )
}, 120_000)

it('what was written of it is text, bounded, and holds no secret', async () => {
  const entries = await Array.fromAsync(context.access.audit.all({}))
  expect(entries.length).toBeGreaterThan(100)
  expect(Math.max(...entries.map((entry) => JSON.stringify(entry).length))).toBeLessThan(8000)
  expect(JSON.stringify(entries)).not.toContain('apiToken')
  expect(JSON.stringify(entries)).not.toContain('"password"')
})
