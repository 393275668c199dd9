import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isTerminal, type JobState, jobStates } from '#contracts/job.ts'
import type { JobView } from '#contracts/views.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { testDirectory, walk } from '../world/files.ts'
import { copying, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const actor = { userId: null }
const made = new AsyncDisposableStack()
let stack: Stack
let directory: string
let source: { key: number; path: string }
beforeAll(async () => {
  directory = made.use(await testDirectory('disks')).path
  stack = made.use(await startStack())
  const { path: file } = await makeRawDisk(path.join(directory, 'cancel.raw'), {
    sizeBytes: 48 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 48 * MIB }],
  })
  source = { key: 2000, path: file }
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

async function expectCancelled(job: JobView) {
  expect(job.problem).toBeNull()
  expect(job.state).toBe('cancelled')
  expect(job.cancelRequested).toBe(true)
  expect(await stack.services.backups.restorePoints({ vmId: job.vmId })).toEqual([])
  const images = (await walk(stack.repositoryPath)).filter((file) => file.includes(job.backupId))
  expect(images).toEqual([])
  const events = await stack.services.backups.events(job.id)
  expect(events.findLast(({ data }) => data.kind === 'job.state')?.data).toMatchObject({ state: 'cancelled' })
}

/** Cancels as soon as the log says that the job is in the state; answers how the job ended. */
async function cancelIn(state: JobState, vmId: string): Promise<JobView> {
  const end = new AbortController()
  const events = stack.services.events.subscribe(await stack.services.events.cursor(), end.signal)
  const { id } = await stack.backUp(vmId)
  const reached = jobStates.indexOf(state)
  for await (const { jobId, data } of events) {
    if (jobId !== id || data.kind !== 'job.state' || jobStates.indexOf(data.state) < reached) continue
    if (!isTerminal(data.state)) await stack.services.backups.cancel(id, actor)
    break
  }
  end.abort()
  return stack.finished(id)
}

describe('cancel leaves nothing', () => {
  it.each(['queued', 'planned', 'preparing', 'copying', 'flushing', 'checking', 'committing'] as const)(
    'as soon as the job is %s',
    async (state) => {
      const vm = await stack.addVm({ name: `cancel-${state}`, disks: [source] })
      const job = await cancelIn(state, vm.id)
      // Late phases may be over before the wish is seen: then the backup is complete, and as good as any.
      const late = jobStates.indexOf(state) > jobStates.indexOf('copying')
      if (late && job.state === 'completed') await expectIdentical(stack, job, [source])
      else await expectCancelled(job)
    },
  )

  it('in the middle of a copy, with bytes in the image, within seconds', async () => {
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'cancel-middle', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    const asked = performance.now()
    await stack.services.backups.cancel(id, actor)
    await expectCancelled(await stack.finished(id, 10_000))
    expect(performance.now() - asked).toBeLessThan(10_000)
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished((await stack.backUp(vm.id)).id), [source])
    await expect(stack.services.backups.cancel(id, actor)).rejects.toMatchObject({ problem: { code: 'conflict' } })
  })

  it('while the source does not answer at all', async () => {
    await using slow = await serveSlowly(source.path, directory, '8K')
    const vm = await stack.addVm({ name: 'cancel-stuck', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    const begun = async () => (await stack.services.backups.get(id)).state
    await expect.poll(begun, { timeout: 15_000, interval: 20 }).toBe('copying')
    process.kill(slow.pid, 'SIGSTOP')
    try {
      await stack.services.backups.cancel(id, actor)
      await expectCancelled(await stack.finished(id, 20_000))
    } finally {
      process.kill(slow.pid, 'SIGCONT')
    }
  })
})
