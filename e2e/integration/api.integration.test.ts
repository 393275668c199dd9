import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Scope } from '#contracts/access.ts'
import { isTerminal } from '#contracts/job.ts'
import { parseTargets } from '#contracts/targets.ts'
import { waitFor } from '#lib/async/wait.ts'
import { run, runOrThrow } from '#lib/process/run.ts'
import { createClient } from '#scripts/demo/client.ts'
import { sessionCookie } from '#scripts/demo/sign-in.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { commandLineTests } from '../world/api/command-line.ts'
import { describedApi } from '../world/api/described.ts'
import { eventsUntil } from '../world/api/events.ts'
import { checkout } from '../world/appliance.ts'
import { testDirectory } from '../world/files.ts'
import { expectIdentical } from '../world/proof.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const NAME = 'über, "web": 1'
let directory: string
let token: string
let person: Record<string, string>
let tokenOf: (scopes: Scope[]) => Promise<string>
const made = new AsyncDisposableStack()
let stack: Stack
let api: Awaited<ReturnType<typeof describedApi>>
let headers: Record<string, string>
let sources: { key: number; path: string }[]
let vmId: string
beforeAll(async () => {
  // Does nothing when the last build was of these sources.
  const failed = { code: 'internal' as const, happened: 'The build failed' }
  await runOrThrow(process.execPath, [path.join(checkout, 'scripts/build.ts')], failed, { timeoutMs: 240_000 })
  directory = made.use(await testDirectory('disks')).path
  stack = made.use(await startStack({ web: true, ownPostgres: true }))
  const cookie = await sessionCookie({ env: stack.env, databaseUrl: stack.variables.DATABASE_URL ?? '' })
  person = { cookie, origin: stack.url }
  const client = createClient(stack.url, person)
  tokenOf = async (scopes) => {
    const made = await client.tokens.create.mutate({ name: scopes.join(' '), scopes, expiresInDays: 1 })
    return made.token
  }
  token = await tokenOf(['read', 'backup', 'restore', 'admin'])
  headers = { authorization: `Bearer ${token}` }
  api = await describedApi(stack.url, headers)
  const disk = async (key: number) => {
    const extents = [{ kind: 'random' as const, offset: 0, length: MIB }]
    const file = path.join(directory, `${key}.raw`)
    return { key, ...(await makeRawDisk(file, { sizeBytes: 8 * MIB, extents, seed: String(key) })) }
  }
  sources = [await disk(2000), await disk(2001)]
  vmId = (await stack.addVm({ name: NAME, disks: sources })).id
}, 300_000)
afterEach(async () => {
  if (await stack.postgres?.alive()) expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const ended = (id: string) =>
  waitFor(
    async () => {
      const { body } = await api.ask('GET', `/backups/${id}`)
      return isTerminal(body.state) && body
    },
    { deadlineMs: 60_000, everyMs: 100 },
  )

const events = (at: string, isLast: (kind: string, data: string) => boolean, more: Record<string, string> = {}) =>
  eventsUntil(`${stack.url}/api/v1${at}`, { ...headers, ...more }, isLast)

it('a backup by REST: asked for twice by one key, made once, told as it happens, identical', async () => {
  const body = { vm_name: NAME, repository_id: stack.repositoryId, backup_type: 'full' }
  const key = { 'idempotency-key': crypto.randomUUID() }
  const first = await api.ask('POST', '/backups', { body, headers: key })
  expect(first.status).toBe(202)
  const { backup_id: id, disks, targets } = first.body
  expect(first.headers.get('location')).toBe(`/api/v1/backups/${id}`)
  expect(parseTargets(targets)).toEqual(
    // biome-ignore lint/suspicious/noExplicitAny: described
    disks.map((each: any) => ({ key: each.key, host: '127.0.0.1', port: each.port, exportName: each.export_name })),
  )
  expect(disks.map(({ key: each }: { key: number }) => each)).toEqual([2000, 2001])
  expect(disks[0].image_path).toMatch(/disk-2000\.qcow2$/)

  const again = await api.ask('POST', '/backups', { body, headers: key })
  expect([again.status, again.headers.get('idempotency-replayed'), again.body]).toEqual([202, 'true', first.body])
  const other = await api.ask('POST', '/backups', { body: { ...body, vm_name: 'other' }, headers: key })
  expect(other.status).toBe(422)

  const isEnd = (kind: string, data: string) => kind === 'job.state' && /"state":"(completed|failed)"/.test(data)
  const told = await events(`/events?backup_id=${id}&after=0`, isEnd)
  const resumed = await events(`/events?backup_id=${id}&after=0`, isEnd, { 'last-event-id': told[1]?.id ?? '' })
  // Figures of an ended job are thinned: what stays must come again, and nothing before.
  const facts = (list: typeof told) => list.filter(({ kind }) => kind !== 'job.progress')
  expect(facts(resumed)).toEqual(facts(told.slice(2)))

  const whole = await ended(id)
  await expectIdentical(stack, await stack.services.backups.get(whole.job_id), sources)
  const kept = await api.ask('GET', `/backups/${whole.job_id}/events`)
  expect(kept.body.items.length).toBeGreaterThan(5)
  expect((await api.ask('GET', `/backups/${id}/verdict`)).body.verdict).toBeNull()
  const chain = await api.ask('GET', `/vms/${vmId}/chain?limit=1`)
  expect(chain.body).toMatchObject({ items: [{ backup_id: id, parent_backup_id: null }], next_cursor: null })
  const served = await api.ask('POST', '/exports', { body: { backup_disk_id: chain.body.items[0].disks[0].id } })
  expect(served.body).toMatchObject({ read_only: true, alive: true })
  expect((await api.ask('POST', `/exports/${served.body.id}/probe`)).body.ok).toBe(true)
  expect((await api.ask('GET', '/exports')).body.items).toHaveLength(1)
  expect((await api.ask('DELETE', `/exports/${served.body.id}`)).status).toBe(204)
})

it('lists, cancels, checks and says what is there', async () => {
  const started = await api.ask('POST', '/backups', {
    body: { vm_id: vmId, repository_id: stack.repositoryId },
    headers: { prefer: 'wait=0' },
  })
  const busy = await api.ask('POST', '/backups', { body: { vm_id: vmId, repository_id: stack.repositoryId } })
  expect([busy.status, busy.body.problem.code]).toEqual([409, 'busy'])
  expect((await api.ask('POST', `/backups/${started.body.backup_id}/cancel`)).status).toBe(202)
  await ended(started.body.backup_id)

  const page = await api.ask('GET', `/backups?vm_id=${vmId}&limit=1`)
  const next = await api.ask('GET', `/backups?vm_id=${vmId}&limit=1&cursor=${page.body.next_cursor}`)
  expect([page, next].flatMap(({ body }) => body.items)).toHaveLength(2)
  expect(next.body.next_cursor).toBeNull()
  expect((await api.ask('GET', '/backups?active=true')).body.items).toEqual([])

  const check = await api.ask('POST', `/vms/${vmId}/check`)
  const over = async () => (await api.ask('GET', `/checks/${check.body.id}`)).body.state !== 'running'
  expect(await waitFor(over, { deadlineMs: 60_000, everyMs: 100 })).toBe(true)

  const repository = await api.ask('POST', '/repositories', {
    body: { name: 'second', path: path.join(stack.root, 'second') },
  })
  expect(repository.status).toBe(201)
  expect((await api.ask('POST', `/repositories/${repository.body.id}/probe`)).body.ok).toBe(true)
  const empty = await api.ask('POST', `/repositories/${repository.body.id}/look`)
  expect(empty.body).toMatchObject({ finished: true, looked: 0, not_looked: 0, changed: 0, problem: null })
  const look = await api.ask('POST', `/repositories/${stack.repositoryId}/look`)
  expect(look.body).toMatchObject({ finished: true, not_looked: 0, problem: null, points: { damaged: 0, missing: 0 } })
  expect(look.body.looked).toBeGreaterThan(0)
  expect((await api.ask('DELETE', `/repositories/${repository.body.id}`)).status).toBe(204)
  const bundle = await api.ask('POST', '/support', { body: {} })
  const archive = await fetch(`${stack.url}${bundle.headers.get('location')}`, { headers })
  expect([archive.status, archive.headers.get('content-type')]).toEqual([200, 'application/gzip'])
  await archive.body?.cancel()

  for (const at of [
    '/vms',
    `/vms/${vmId}`,
    '/repositories',
    '/appliances',
    `/appliances/${stack.applianceId}`,
    '/tunnels',
    '/health',
    '/openapi.json',
  ])
    expect((await api.ask('GET', at)).status, at).toBe(200)
  for (const what of ['probe', 'refresh'])
    expect((await api.ask('POST', `/appliances/${stack.applianceId}/${what}`)).status).toBe(200)
  const limit = `/appliances/${stack.applianceId}/limit`
  const limited = await api.ask('PUT', limit, { body: { mib_per_second: 500 } })
  expect([limited.status, limited.body.limit_mib_per_second]).toEqual([200, 500])
  const applied = async () => (await api.ask('GET', `/appliances/${stack.applianceId}`)).body.applied_limit
  const inForce = async () => (await applied())?.bytes_per_second === 500 * MIB
  expect(await waitFor(inForce, { deadlineMs: 2000 })).toBe(true)
  for (const wrong of [{}, { mib_per_second: 0 }, { mib_per_second: '5' }, { mib_per_second: 1.5 }])
    expect((await api.ask('PUT', limit, { body: wrong })).body.problem.field).toBe('mib_per_second')
  expect((await api.ask('PUT', limit, { body: { mib_per_second: null } })).status).toBe(200)
  const disk = `/vms/${vmId}/disks/2001`
  const allowed = await api.ask('PATCH', disk, { body: { allow_unknown: true, reason: 'a test of what is asked' } })
  expect([allowed.status, allowed.body.key]).toEqual([200, 2001])
  expect(JSON.stringify(allowed.body)).toContain('a test of what is asked')
  const taken = await api.ask('PATCH', disk, { body: { allow_unknown: false } })
  expect(taken.status).toBe(200)
  expect(JSON.stringify(taken.body)).not.toContain('a test of what is asked')
  expect((await api.ask('PATCH', disk, { body: { allow_unknown: true } })).body.problem.field).toBe('reason')
  expect((await api.ask('GET', '/backups/backup-none-1700000000')).status).toBe(404)
  expect((await api.ask('GET', '/vms?limit=0')).body.problem.field).toBe('limit')

  // All that is described was asked, and answered as described; streams and files were looked at above.
  const all = Object.entries(api.document.paths).flatMap(([at, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${at}`),
  )
  const elsewhere = ['GET /events', 'GET /support/{id}']
  expect(all.filter((each) => !api.used.has(each) && !elsewhere.includes(each))).toEqual([])
})

it('a stranger gets nothing, a foreign page changes nothing, a token does what its scopes say', async () => {
  const stranger = await fetch(`${stack.url}/api/v1/backups`)
  expect([stranger.status, stranger.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
  const root = `${stack.url}/api/v1`
  const by = (more: Record<string, string>) =>
    fetch(`${root}/backups`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', ...more } })
  expect((await by({ ...person, origin: 'http://evil.example' })).status).toBe(403)
  expect((await by(person)).status).toBe(400)
  const reader = { authorization: `Bearer ${await tokenOf(['read'])}` }
  const refused = await by(reader)
  expect([refused.status, (await refused.json()).problem.code]).toEqual([403, 'forbidden'])
  expect((await fetch(`${root}/backups`, { headers: reader })).status).toBe(200)
  expect((await fetch(`${root}/support/${crypto.randomUUID()}`, { headers: reader })).status).toBe(403)
  expect((await fetch(`${root}/events`, { method: 'HEAD', headers: reader })).status).toBe(200)
  const page = await fetch(`${stack.url}/api/docs`, { headers: { cookie: person.cookie ?? '' } })
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([
    200,
    expect.stringContaining("script-src 'self';"),
  ])
})

it('the example of the docs backs a machine up by the typed client, and hears of it as it happens', {
  tags: ['long'],
}, async () => {
  const file = path.join(directory, 'token')
  await writeFile(file, token, { mode: 0o600 })
  const args = [path.join(checkout, 'client/example.ts'), '--url', stack.url, '--token-file', file, '--vm', NAME]
  const { stdout, stderr, exitCode } = await run(process.execPath, args, { cwd: checkout })
  expect([stderr, exitCode]).toEqual(['', 0])
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^backup-.*: completed$/)
  expect(stdout.split('\n').length).toBeGreaterThan(5)
})

commandLineTests(() => ({ stack, directory, token, source: sources[0]?.path ?? '', vmName: NAME }))

it('a database that is away is 503 with words, not a fault', { tags: ['long'] }, async () => {
  await stack.postgres?.stop()
  try {
    const response = await fetch(`${stack.url}/api/v1/backups`, { headers })
    const body = await response.json()
    expect([response.status, body.problem.code]).toEqual([503, 'unavailable'])
    expect(response.headers.get('retry-after')).toBe('5')
  } finally {
    await stack.postgres?.restart()
  }
})
