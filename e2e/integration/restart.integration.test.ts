import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { testDirectory, textOf, walk } from '../world/files.ts'
import { copying, expectFailed, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const made = new AsyncDisposableStack()
let stack: Stack
let directory: string
let source: { key: number; path: string }
beforeAll(async () => {
  directory = made.use(await testDirectory('disks')).path
  stack = made.use(await startStack())
  const { path: file } = await makeRawDisk(path.join(directory, 'restart.raw'), {
    sizeBytes: 48 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 40 * MIB }],
  })
  source = { key: 2000, path: file }
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const engineAnswers = async () => {
  const up = await waitFor(async () => (await stack.services.health()).engine, { deadlineMs: 30_000, everyMs: 50 })
  if (!up) throw new Error(await stack.logs())
}

/** Runs a backup until the engine parks at the point, kills the engine there, and starts an ordinary one. */
async function killAt(point: 'before-rename' | 'after-rename', vmId: string): Promise<string> {
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

  it('just before the rename: the backup has failed, and nothing of it is in the repository', async () => {
    const vm = await stack.addVm({ name: 'before-rename', disks: [source] })
    const job = await stack.finished(await killAt('before-rename', vm.id))
    await expectFailed(stack, job, 'engine_restarted', /engine/)
    expect((await walk(stack.repositoryPath)).filter((file) => file.includes(job.backupId))).toEqual([])
    const again = await stack.finished((await stack.backUp(vm.id)).id)
    await expectIdentical(stack, again, [source])
  })

  it('in the middle of the copy: the job has failed, everything of it is cleaned, the next one works', async () => {
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'mid-copy', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    await stack.engine.kill()
    await stack.engine.restart()
    await engineAnswers()
    await stack.online()
    await expectFailed(stack, await stack.finished(id), 'engine_restarted', /engine/)
    expect(await stack.leaks()).toEqual([])
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished((await stack.backUp(vm.id)).id), [source])
  })
})
