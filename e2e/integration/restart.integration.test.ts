import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import type { HubEnv } from '#server/env.ts'
import { testDirectory, textOf, walk } from '../world/files.ts'
import { processesOf } from '../world/processes.ts'
import { copying, expectFailed, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const made = new AsyncDisposableStack()
let stack: Stack
let directory: string
let source: { key: number; path: string }
let small: { key: number; path: string }
beforeAll(async () => {
  directory = made.use(await testDirectory('disks')).path
  stack = made.use(await startStack())
  const { path: file } = await makeRawDisk(path.join(directory, 'restart.raw'), {
    sizeBytes: 48 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 40 * MIB }],
  })
  source = { key: 2000, path: file }
  const other = await makeRawDisk(path.join(directory, 'small.raw'), {
    sizeBytes: 8 * MIB,
    extents: [{ kind: 'random', offset: MIB, length: MIB }],
  })
  small = { key: 2001, path: other.path }
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const engineAnswers = async () => {
  const up = await waitFor(async () => (await stack.services.health()).engine, { deadlineMs: 30_000, everyMs: 50 })
  if (!up) throw new Error(await stack.logs())
}

/** Backup clients of the stack that live. */
const clientsOf = async ({ root }: Stack) =>
  (await processesOf(root)).filter(({ command }) => / client --job-dir/.test(command)).map(({ pid }) => pid)

/** Bytes that unfinished images take. */
async function allocated({ repositoryPath }: Stack): Promise<number> {
  const images = (await walk(repositoryPath)).filter((file) => file.includes('.partial/') && file.endsWith('.qcow2'))
  const sizes = await Promise.all(images.map(async (file) => (await stat(file)).blocks * 512))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Runs a backup until the engine parks at the point, kills the engine there, and starts an ordinary one. */
async function killAt(point: NonNullable<HubEnv['park']>, vmId: string): Promise<string> {
  const parked = path.join(stack.home, 'parked')
  await rm(parked, { force: true })
  await stack.engine.stop()
  await stack.engine.restart({ SENDENSE_PARK: point })
  await engineAnswers()
  await stack.online()
  const { id } = await stack.backUp(vmId)
  const there = async () => (await textOf(parked)) === point
  expect(await waitFor(there, { deadlineMs: 30_000 }), await stack.logs()).toBe(true)
  await stack.engine.kill()
  await stack.engine.restart()
  await engineAnswers()
  await stack.online()
  return id
}

describe('the engine is killed', () => {
  it('between rename and record: the backup is rolled forward, once, and is its source', async () => {
    const vm = await stack.addVm({ name: 'after-rename', disks: [source] })
    const job = await stack.finished(await killAt('after-rename', vm.id))
    const point = await expectIdentical(stack, job, [source])
    expect(point.id).toBe(job.backupId)
    expect(await stack.services.backups.restorePoints({ vmId: vm.id })).toHaveLength(1)
    const events = await stack.services.backups.events(job.id)
    const completed = events.filter(({ data }) => data.kind === 'job.state' && data.state === 'completed')
    expect(completed).toHaveLength(1)
    await stack.engine.kill()
    await stack.engine.restart()
    await engineAnswers()
    await stack.online()
    expect(await stack.services.backups.restorePoints({ vmId: vm.id })).toHaveLength(1)
  })

  it.each(['planned', 'prepared', 'copied', 'proved', 'before-rename'] as const)(
    'when it is %s: the next engine takes the backup up, and it is its source',
    async (point) => {
      const vm = await stack.addVm({ name: point, disks: [source, small] })
      const job = await stack.finished(await killAt(point, vm.id))
      await expectIdentical(stack, job, [source, small])
      const facts = (await stack.services.backups.events(job.id)).filter(({ data }) => data.kind.startsWith('job.'))
      const lines = facts.map(({ data }) => JSON.stringify(data))
      expect(new Set(lines).size, 'no line of the record twice').toBe(lines.length)
      const again = await stack.finished((await stack.backUp(vm.id)).id)
      await expectIdentical(stack, again, [source, small])
    },
  )

  it('in the middle of the copy: the copy goes on without it, and completes under the next', async () => {
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'mid-copy', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    const before = await clientsOf(stack)
    expect(before).toHaveLength(1)
    await stack.engine.kill()
    const then = await allocated(stack)
    expect(await waitFor(async () => (await allocated(stack)) > then, { deadlineMs: 10_000 }), 'it grows').toBe(true)
    expect(await clientsOf(stack)).toEqual(before)
    await stack.engine.restart()
    await engineAnswers()
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished(id), [source])
  })

  it('a wish to cancel from that time is granted by the next', async () => {
    await using slow = await serveSlowly(source.path, directory, '8M')
    const vm = await stack.addVm({ name: 'cancel-meanwhile', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    await stack.engine.kill()
    await stack.services.backups.cancel(id, { userId: null })
    await stack.engine.restart()
    await engineAnswers()
    expect((await stack.finished(id)).state).toBe('cancelled')
  })

  it('and a qemu-nbd ends meanwhile: the backup fails with that reason, and the next one works', async () => {
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'lost-export', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    const [live] = await stack.services.exports.list()
    await stack.engine.kill()
    process.kill(live?.pid ?? 0, 'SIGKILL')
    await stack.engine.restart()
    await engineAnswers()
    await stack.online()
    await expectFailed(stack, await stack.finished(id), 'engine_restarted', /qemu-nbd of disk 2000/)
    expect(await stack.leaks()).toEqual([])
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished((await stack.backUp(vm.id)).id), [source])
  })
})

describe('the engine is stopped', () => {
  it('in the middle of a copy, to hand over: the next one finishes it', async () => {
    await stack.engine.stop()
    await stack.engine.restart({ SENDENSE_DRAIN: 'handover' })
    await engineAnswers()
    await stack.online()
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'handed-over', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    const before = await clientsOf(stack)
    await stack.engine.stop()
    expect(await clientsOf(stack)).toEqual(before)
    await stack.engine.restart()
    await engineAnswers()
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished(id), [source])
  })

  it('in the middle of a copy, to wait: it ends when the backup is complete', async () => {
    await stack.engine.stop()
    await stack.engine.restart({ SENDENSE_DRAIN: 'wait' })
    await engineAnswers()
    await stack.online()
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'waited-for', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    const stopped = stack.engine.stop(30_000)
    await slow.setRate(null)
    await stopped
    await expectIdentical(stack, await stack.services.backups.get(id), [source])
    await stack.engine.restart()
    await engineAnswers()
  })
})
