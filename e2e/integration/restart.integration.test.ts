import { rm } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { textOf, walk } from '../world/files.ts'
import { expectFailed, expectIdentical } from '../world/proof.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack()
let source: TestDisk
beforeAll(async () => {
  source = await world.disk('restart', {
    sizeBytes: 48 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 40 * MIB }],
  })
})

const engineAnswers = async () => {
  const up = await waitFor(async () => (await world.stack.services.health()).engine, {
    deadlineMs: 30_000,
    everyMs: 50,
  })
  if (!up) throw new Error(await world.stack.logs())
}

/** Runs a backup until the engine parks at the point, kills the engine there, and starts an ordinary one. */
async function killAt(point: 'before-rename' | 'after-rename', vmId: string): Promise<string> {
  const parked = path.join(world.stack.home, 'parked')
  await rm(parked, { force: true })
  await world.stack.engine.stop()
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

  it('just before the rename: the backup has failed, and nothing of it is in the repository', async () => {
    const vm = await world.stack.addVm({ name: 'before-rename', disks: [source] })
    const job = await world.stack.finished(await killAt('before-rename', vm.id))
    await expectFailed(world.stack, job, 'engine_restarted', /engine/)
    expect((await walk(world.stack.repositoryPath)).filter((file) => file.includes(job.backupId))).toEqual([])
    const again = await world.stack.finished((await world.stack.backUp(vm.id)).id)
    await expectIdentical(world.stack, again, [source])
  })

  it('in the middle of the copy: the job has failed, everything of it is cleaned, the next one works', async () => {
    await using backup = await world.slowBackup('mid-copy', source)
    await world.stack.engine.kill()
    await world.stack.engine.restart()
    await engineAnswers()
    await world.stack.online()
    await expectFailed(world.stack, await world.stack.finished(backup.jobId), 'engine_restarted', /engine/)
    expect(await world.stack.leaks()).toEqual([])
    await backup.slow.setRate(null)
    await expectIdentical(world.stack, await world.stack.finished((await world.stack.backUp(backup.vmId)).id), [source])
  })
})
