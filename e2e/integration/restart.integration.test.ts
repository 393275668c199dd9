import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import type { HubEnv } from '#server/env.ts'
import { textOf, walk } from '../world/files.ts'
import { processesOf } from '../world/processes.ts'
import { copying, expectFailed, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import type { Stack } from '../world/stack.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack()
let source: TestDisk
let small: TestDisk
beforeAll(async () => {
  source = await world.disk('restart', {
    sizeBytes: 48 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 40 * MIB }],
  })
  const other = await world.disk('small', {
    sizeBytes: 8 * MIB,
    extents: [{ kind: 'random', offset: MIB, length: MIB }],
  })
  small = { ...other, key: 2001 }
})

const engineAnswers = async () => {
  const up = await waitFor(async () => (await world.stack.services.health()).engine, {
    deadlineMs: 30_000,
    everyMs: 50,
  })
  if (!up) throw new Error(await world.stack.logs())
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
  const parked = path.join(world.stack.home, 'parked')
  await rm(parked, { force: true })
  // Killed, not stopped: sshd and with it the appliance's tunnel stay.
  await world.stack.engine.kill()
  await world.stack.engine.restart({ SENDENSE_PARK: point })
  await engineAnswers()
  await world.stack.online()
  const { id } = await world.stack.backUp(vmId)
  const there = async () => (await textOf(parked)) === point
  expect(await waitFor(there, { deadlineMs: 30_000 }), await world.stack.logs()).toBe(true)
  await world.stack.engine.kill()
  await world.stack.engine.restart()
  await engineAnswers()
  await world.stack.online()
  return id
}

describe('the engine is killed', () => {
  it('between rename and record: the backup is rolled forward, once, and is its source', async () => {
    const vm = await world.stack.addVm({ name: 'after-rename', disks: [source] })
    const job = await world.stack.finished(await killAt('after-rename', vm.id))
    const point = await expectIdentical(world.stack, job, [source])
    expect(point.id).toBe(job.backupId)
    expect(await world.stack.services.backups.restorePoints({ vmId: vm.id })).toHaveLength(1)
    const events = await world.stack.services.backups.events(job.id)
    const completed = events.filter(({ data }) => data.kind === 'job.state' && data.state === 'completed')
    expect(completed).toHaveLength(1)
    await world.stack.engine.kill()
    await world.stack.engine.restart()
    await engineAnswers()
    await world.stack.online()
    expect(await world.stack.services.backups.restorePoints({ vmId: vm.id })).toHaveLength(1)
  })

  it.each(['planned', 'prepared', 'copied', 'proved', 'before-rename'] as const)(
    'when it is %s: the next engine takes the backup up, and it is its source',
    async (point) => {
      const vm = await world.stack.addVm({ name: point, disks: [source, small] })
      const job = await world.stack.finished(await killAt(point, vm.id))
      await expectIdentical(world.stack, job, [source, small])
      const facts = (await world.stack.services.backups.events(job.id)).filter(({ data }) =>
        data.kind.startsWith('job.'),
      )
      const lines = facts.map(({ data }) => JSON.stringify(data))
      expect(new Set(lines).size, 'no line of the record twice').toBe(lines.length)
      const again = await world.stack.finished((await world.stack.backUp(vm.id)).id)
      await expectIdentical(world.stack, again, [source, small])
    },
  )

  it('in the middle of the copy: the copy goes on without it, and completes under the next', async () => {
    await using slow = await serveSlowly(source.path, world.directory, '20M')
    const vm = await world.stack.addVm({ name: 'mid-copy', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await world.stack.backUp(vm.id)
    await copying(world.stack, id)
    const before = await clientsOf(world.stack)
    expect(before).toHaveLength(1)
    await world.stack.engine.kill()
    const then = await allocated(world.stack)
    expect(await waitFor(async () => (await allocated(world.stack)) > then, { deadlineMs: 10_000 }), 'it grows').toBe(
      true,
    )
    expect(await clientsOf(world.stack)).toEqual(before)
    await world.stack.engine.restart()
    await engineAnswers()
    await slow.setRate(null)
    await expectIdentical(world.stack, await world.stack.finished(id), [source])
  })

  it('a wish to cancel from that time is granted by the next', async () => {
    await using slow = await serveSlowly(source.path, world.directory, '8M')
    const vm = await world.stack.addVm({ name: 'cancel-meanwhile', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await world.stack.backUp(vm.id)
    await copying(world.stack, id)
    await world.stack.engine.kill()
    await world.stack.services.backups.cancel(id, { userId: null })
    await world.stack.engine.restart()
    await engineAnswers()
    expect((await world.stack.finished(id)).state).toBe('cancelled')
  })

  it('and a qemu-nbd ends meanwhile: the backup fails with that reason, and the next one works', async () => {
    await using slow = await serveSlowly(source.path, world.directory, '20M')
    const vm = await world.stack.addVm({ name: 'lost-export', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await world.stack.backUp(vm.id)
    await copying(world.stack, id)
    const [live] = await world.stack.services.exports.list()
    await world.stack.engine.kill()
    process.kill(live?.pid ?? 0, 'SIGKILL')
    await world.stack.engine.restart()
    await engineAnswers()
    await world.stack.online()
    await expectFailed(world.stack, await world.stack.finished(id), 'engine_restarted', /qemu-nbd of disk 2000/)
    expect(await world.stack.leaks()).toEqual([])
    await slow.setRate(null)
    await expectIdentical(world.stack, await world.stack.finished((await world.stack.backUp(vm.id)).id), [source])
  })
})

describe('the engine is stopped', () => {
  it('in the middle of a copy, to hand over: the next one finishes it', async () => {
    await world.stack.engine.stop()
    await world.stack.engine.restart({ SENDENSE_DRAIN: 'handover' })
    await engineAnswers()
    await world.stack.online()
    await using slow = await serveSlowly(source.path, world.directory, '20M')
    const vm = await world.stack.addVm({ name: 'handed-over', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await world.stack.backUp(vm.id)
    await copying(world.stack, id)
    const before = await clientsOf(world.stack)
    await world.stack.engine.stop()
    expect(await clientsOf(world.stack)).toEqual(before)
    await world.stack.engine.restart()
    await engineAnswers()
    await slow.setRate(null)
    await expectIdentical(world.stack, await world.stack.finished(id), [source])
  })

  it('in the middle of a copy, to wait: it ends when the backup is complete', async () => {
    await world.stack.engine.stop()
    await world.stack.engine.restart({ SENDENSE_DRAIN: 'wait' })
    await engineAnswers()
    await world.stack.online()
    await using slow = await serveSlowly(source.path, world.directory, '20M')
    const vm = await world.stack.addVm({ name: 'waited-for', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await world.stack.backUp(vm.id)
    await copying(world.stack, id)
    const stopped = world.stack.engine.stop(30_000)
    await slow.setRate(null)
    await stopped
    await expectIdentical(world.stack, await world.stack.services.backups.get(id), [source])
    await world.stack.engine.restart()
    await engineAnswers()
  })
})
