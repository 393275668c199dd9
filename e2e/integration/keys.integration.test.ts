import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { openResources } from '#server/db/resources.ts'
import { testDirectory } from '../world/files.ts'
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

it('the ports of a backup follow its disks', async () => {
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
