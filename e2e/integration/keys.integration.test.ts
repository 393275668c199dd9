import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { sleep, waitFor } from '#lib/async/wait.ts'
import { listProcesses } from '#lib/process/procfs.ts'
import { run } from '#lib/process/run.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { openResources } from '#server/db/resources.ts'
import { secretPlace } from '#server/db/vault.ts'
import { createKeyring } from '#server/drivers/vault/driver.ts'
import { checkout } from '../world/appliance.ts'
import { testDirectory, textOf, walk } from '../world/files.ts'
import { copying, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const actor = { userId: null }
const made = new AsyncDisposableStack()
let stack: Stack
let directory: string
beforeAll(async () => {
  directory = made.use(await testDirectory('disks')).path
  stack = made.use(await startStack())
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const disk = (name: string, dataMib: number) =>
  makeRawDisk(path.join(directory, `${name}.raw`), {
    sizeBytes: 48 * MIB,
    extents: [{ kind: 'random', offset: 0, length: dataMib * MIB }],
  })

it('a key that could not be taken out of the file stays on record, and goes with the next write', {
  tags: ['long'],
}, async () => {
  await using slow = await serveSlowly((await disk('slow', 40)).path, directory, '20M')
  const vm = await stack.addVm({ name: 'slow', disks: [{ key: 2000, url: slow.url }] })
  const { id } = await stack.backUp(vm.id)
  await copying(stack, id)
  const file = path.join(stack.env.paths.ssh, 'authorized_keys')
  const aside = path.join(directory, 'keys-aside')
  const keys = async () => (await readFile(file, 'utf8')).split('\n').filter((line) => line.includes(`data-${id}`))
  expect(await keys()).toHaveLength(1)

  // Nothing can be renamed over a directory: the file cannot be written.
  await rename(file, aside)
  await mkdir(file)
  await stack.services.backups.cancel(id, actor)
  await stack.finished(id)
  const row = async () => (await openResources(stack.hub.prisma, { kind: 'data-key' }))[0]
  expect(await row()).toMatchObject({ identity: id, state: 'orphan' })
  const events = await stack.services.backups.events(id)
  expect(events.map(({ data }) => (data.kind === 'job.step' ? data.message : '')).join('\n')).toMatch(
    /Not cleaned: data tunnel/,
  )
  const sessions = await stack.services.tunnels.list()
  expect(sessions.filter(({ kind }) => kind !== 'control')).toEqual([])

  await rm(file, { recursive: true })
  await rename(aside, file)
  expect(await keys()).toHaveLength(1)
  await stack.services.appliances.start(stack.applianceId, actor)
  expect(await keys()).toEqual([])
  expect(await row()).toMatchObject({ identity: id, state: 'orphan' })

  await stack.engine.stop()
  await stack.engine.restart()
  expect(await waitFor(async () => (await row()) === undefined, { deadlineMs: 30_000, everyMs: 50 })).toBe(true)
  await stack.online()
})

it('the ports of a backup follow its disks', { tags: ['long'] }, async () => {
  const disks = await Promise.all([2000, 2001, 2002, 2003, 2016, 3000].map((key) => disk(`disk-${key}`, 1)))
  const keyed = disks.map(({ path: file }, i) => ({ key: [2000, 2001, 2002, 2003, 2016, 3000][i] ?? 0, path: file }))
  const vm = await stack.addVm({ name: 'many', disks: keyed })
  const job = await stack.finished((await stack.backUp(vm.id)).id)
  await expectIdentical(stack, job, keyed)
  const ports = job.disks.map(({ hubPort }) => hubPort ?? 0)
  expect(ports).toEqual(ports.toSorted((a, b) => a - b))
})

it('a session whose key is nobody’s is shown as unknown and can be ended', async () => {
  const { prisma } = stack.hub
  const { fingerprint } = await stack.services.appliances.get(stack.applianceId)
  const kinds = async () => (await stack.services.tunnels.list()).map(({ kind }) => kind)
  expect(await kinds()).toEqual(['control'])
  await prisma.appliance.update({ where: { id: stack.applianceId }, data: { fingerprint: 'SHA256:another' } })
  const [unknown] = await stack.services.tunnels.list()
  expect(unknown).toMatchObject({ kind: 'unknown', applianceId: null, fingerprint })
  await stack.services.tunnels.stop(unknown?.id ?? '', actor)
  expect((await stack.services.tunnels.list()).map(({ id }) => id)).not.toContain(unknown?.id)
  await prisma.appliance.update({ where: { id: stack.applianceId }, data: { fingerprint } })
  expect(await waitFor(async () => (await kinds()).join() === 'control', { deadlineMs: 30_000, everyMs: 50 })).toBe(
    true,
  )
})

it('a stored secret is nowhere in clear, and outlives a change of the key', async () => {
  const value = `S3cret-${randomUUID()}-of-a-vcenter`
  const spelled = [value, Buffer.from(value).toString('base64').slice(4, -4), Buffer.from(value).toString('hex')]
  const clean = (text: string, where: string) => {
    for (const form of spelled) expect(text.includes(form), where).toBe(false)
  }
  const { services, hub, env } = stack
  const watched = watchCommandLines()
  const set = await services.secrets.set({ kind: 'source', name: 'vcenter-1', value }, actor)
  const again = await services.secrets.set({ kind: 'source', name: 'vcenter-1', value }, actor)
  expect(again.id).toBe(set.id)
  clean(JSON.stringify([set, again, await services.secrets.list()]), 'answers')
  const sealedBefore = await hub.prisma.secret.findUniqueOrThrow({ where: { id: set.id } })

  // The command, as it is typed; cut off before its end it goes on.
  const keys = createKeyring(env.paths.secrets)
  await keys.begin()
  const vault = (...args: string[]) =>
    run(process.execPath, [path.join(checkout, 'scripts/vault/main.ts'), ...args], { env: stack.variables })
  const rotated = await vault('rotate')
  expect(rotated).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('was finished: 2 stored secrets') })
  const kit = path.join(directory, 'kit.tar.gz')
  expect(await vault('recovery-kit', '--out', kit)).toMatchObject({ exitCode: 0 })
  expect((await stat(kit)).mode & 0o777).toBe(0o600)
  expect((await run('tar', ['tzf', kit])).stdout).toContain('secrets/vault.key\n')
  expect((await vault('recovery-kit', '--out', kit)).stderr).toContain('is there already')
  const row = await hub.prisma.secret.findUniqueOrThrow({ where: { id: set.id } })
  expect(Buffer.from(row.sealed).equals(Buffer.from(sealedBefore.sealed))).toBe(false)
  expect((await keys.open(row.sealed, secretPlace(row))).toString()).toBe(value)
  // Bound to its row: moved into another it opens no more.
  await expect(keys.open(row.sealed, secretPlace({ ...row, id: randomUUID() }))).rejects.toThrow()

  // The appliance's token has the new key too: a new conversation begins with it.
  await services.appliances.stop(stack.applianceId, actor)
  await services.appliances.start(stack.applianceId, actor)
  await stack.online()

  const bundle = await services.support.prepare({})
  for (const { name } of bundle.files) clean((await services.support.file({ id: bundle.id, name })).text, name)
  // What pg_dump writes: every row of every table as text (bytes as hex).
  const tables = await hub.prisma.$queryRaw<{ name: string }[]>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`
  expect(tables.map(({ name }) => name)).toContain('public.secrets')
  for (const { name } of tables) {
    const rows = await hub.prisma.$queryRawUnsafe<{ text: string }[]>(`SELECT t::text AS text FROM ${name} t`)
    clean(rows.map(({ text }) => text).join('\n'), name)
  }
  for (const file of (await walk(stack.root)).filter((each) => /\.(log|json)$/.test(each)))
    clean(await textOf(file), file)
  clean((await watched.stop()).join('\n'), 'command lines')
  clean(rotated.stdout + rotated.stderr, 'what the command said')
  await services.secrets.remove(set.id, actor)
  expect(await services.secrets.list()).toEqual([])
})

/** Every command line that any process has while it watches. */
function watchCommandLines() {
  const seen = new Set<string>()
  const ending = new AbortController()
  const watching = (async () => {
    while (!ending.signal.aborted) {
      for (const { pid } of await listProcesses()) seen.add(await textOf(`/proc/${pid}/cmdline`))
      await sleep(20, ending.signal).catch(() => undefined)
    }
  })()
  return {
    async stop() {
      ending.abort()
      await watching
      return [...seen]
    },
  }
}
