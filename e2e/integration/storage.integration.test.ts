/** @module-tag long */
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { walk } from '../world/files.ts'
import { mountSmallDisk, whyNoMount } from '../world/mount.ts'
import { copying, expectFailed, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const actor = { userId: null }
const world = sharedStack()
let source: TestDisk
let noMount: string | null
beforeAll(async () => {
  noMount = await whyNoMount(path.join(world.stack.root, 'mount'))
  source = await world.disk('storage', {
    sizeBytes: 64 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 64 * MIB }],
  })
})

const repositoryAt = (name: string, at: string) => world.stack.services.repositories.create({ name, path: at }, actor)

it('read-only: the job fails in words, and works again when it can be written', { tags: ['long'] }, async (context) => {
  const at = path.join(world.stack.root, 'read-only')
  const vm = await world.stack.addVm({ name: 'read-only', disks: [source] })
  if (noMount === null) {
    await using disk = await mountSmallDisk(at, 256 * MIB)
    const { id } = await repositoryAt('read-only', at)
    await disk.setReadOnly(true)
    const job = await world.stack.finished((await world.stack.backUp(vm.id, id)).id)
    await expectFailed(world.stack, job, 'repository_read_only', /read-only|written/i)
    await disk.setReadOnly(false)
    await expect(world.stack.finished((await world.stack.backUp(vm.id, id)).id)).resolves.toMatchObject({
      state: 'completed',
    })
    return
  }
  if (process.getuid?.() === 0) context.skip(noMount)
  const { id } = await repositoryAt('read-only', at)
  const { mode } = await stat(at)
  await chmod(at, 0o555)
  const job = await world.stack.finished((await world.stack.backUp(vm.id, id)).id)
  await chmod(at, mode)
  await expectFailed(world.stack, job, 'repository_read_only', /read-only|written/i)
})

it('too small from the start: refused before a byte is copied', { tags: ['long'] }, async (context) => {
  if (noMount !== null) return context.skip(noMount)
  await using disk = await mountSmallDisk(path.join(world.stack.root, 'small'), 32 * MIB)
  const { id } = await repositoryAt('small', disk.path)
  const vm = await world.stack.addVm({ name: 'too-small', disks: [source] })
  const job = await world.stack.finished((await world.stack.backUp(vm.id, id)).id)
  const problem = await expectFailed(world.stack, job, 'repository_full', /free|space/i)
  expect(problem?.safe ?? '').not.toBe('')
  expect(job.firstByteAt).toBeNull()
})

it('full in the middle of the copy: nothing of it stays, what was there does', async (context) => {
  if (noMount !== null) return context.skip(noMount)
  await using disk = await mountSmallDisk(path.join(world.stack.root, 'filled'), 160 * MIB)
  const { id } = await repositoryAt('filled', disk.path)
  await using slow = await serveSlowly(source.path, world.directory, '20M')
  const vm = await world.stack.addVm({ name: 'filled', disks: [{ key: 2000, url: slow.url }] })
  const before = (await walk(disk.path)).toSorted()
  const job = await world.stack.backUp(vm.id, id)
  await copying(world.stack, job.id)
  const filler = path.join(disk.path, 'somebody-elses.bin')
  await writeFile(filler, Buffer.alloc(130 * MIB, 1))
  await slow.setRate(null)
  const ended = await world.stack.finished(job.id)
  await expectFailed(
    world.stack,
    ended,
    'repository_full',
    /repository filled .* is full: \d+ bytes are free, about [1-9]\d* more are needed/,
  )
  expect(
    (await walk(disk.path)).filter((file) => file !== filler && !before.includes(file) && /backup-/.test(file)),
  ).toEqual([])
  expect(await readdir(disk.path)).toContain('somebody-elses.bin')
})

it('after all that the ordinary repository still takes a backup', { tags: ['long'] }, async () => {
  const vm = await world.stack.addVm({ name: 'after', disks: [source] })
  await expectIdentical(world.stack, await world.stack.finished((await world.stack.backUp(vm.id)).id), [source])
})
