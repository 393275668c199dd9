import { beforeAll, describe, expect, it } from 'vitest'
import { isTerminal, type JobState, jobStates } from '#contracts/job.ts'
import type { JobView } from '#contracts/views.ts'
import { waitFor } from '#lib/async/wait.ts'
import type { ParkPoint } from '#server/engine/park.ts'
import { execute } from '../world/database.ts'
import { holdAt } from '../world/faults/hold.ts'
import { walk } from '../world/files.ts'
import { expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const actor = { userId: null }
const world = sharedStack({ engineEnv: { SENDENSE_PARK: 'yes' } })
let source: TestDisk
beforeAll(async () => {
  source = await world.disk('cancel', {
    sizeBytes: 16 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 16 * MIB }],
  })
})

async function expectCancelled(job: JobView) {
  expect(job.problem).toBeNull()
  expect(job.state).toBe('cancelled')
  expect(job.cancelRequested).toBe(true)
  expect(await world.stack.services.backups.restorePoints({ vmId: job.vmId })).toEqual([])
  const images = (await walk(world.stack.repositoryPath)).filter((file) => file.includes(job.backupId))
  expect(images).toEqual([])
  const events = await world.stack.services.backups.events(job.id)
  expect(events.findLast(({ data }) => data.kind === 'job.state')?.data).toMatchObject({ state: 'cancelled' })
}

/** Cancels as soon as the log says that the job is in the state; answers how the job ended. */
async function cancelIn(state: JobState, vmId: string): Promise<JobView> {
  const end = new AbortController()
  const events = world.stack.services.events.subscribe(await world.stack.services.events.cursor(), end.signal)
  const { id } = await world.stack.backUp(vmId)
  const reached = jobStates.indexOf(state)
  for await (const { jobId, data } of events) {
    if (jobId !== id || data.kind !== 'job.state' || jobStates.indexOf(data.state) < reached) continue
    if (!isTerminal(data.state)) await world.stack.services.backups.cancel(id, actor)
    break
  }
  end.abort()
  return world.stack.finished(id)
}

describe('cancel leaves nothing', () => {
  async function asSoonAs(state: JobState) {
    const vm = await world.stack.addVm({ name: `cancel-${state}`, disks: [source] })
    const job = await cancelIn(state, vm.id)
    // Late phases may be over before the wish is seen: then the backup is complete, and as good as any.
    const late = jobStates.indexOf(state) > jobStates.indexOf('copying')
    if (late && job.state === 'completed') await expectIdentical(world.stack, job, [source])
    else await expectCancelled(job)
  }
  it('as soon as the job is planned', { tags: ['long'] }, () => asSoonAs('planned'))
  it.each(['queued', 'preparing', 'copying', 'flushing', 'checking', 'committing'] as const)(
    'as soon as the job is %s',
    { tags: ['long'] },
    asSoonAs,
  )

  it('in the middle of a copy, with bytes in the image, within seconds', async () => {
    await using backup = await world.slowBackup('cancel-middle', source)
    const asked = performance.now()
    await world.stack.services.backups.cancel(backup.jobId, actor)
    await expectCancelled(await world.stack.finished(backup.jobId, 10_000))
    expect(performance.now() - asked).toBeLessThan(10_000)
    await backup.slow.setRate(null)
    await expectIdentical(world.stack, await world.stack.finished((await world.stack.backUp(backup.vmId)).id), [source])
    await expect(world.stack.services.backups.cancel(backup.jobId, actor)).rejects.toMatchObject({
      problem: { code: 'conflict' },
    })
  })

  it('while the source does not answer at all', { tags: ['long'] }, async () => {
    await using slow = await serveSlowly(source.path, world.directory, '8K')
    const vm = await world.stack.addVm({ name: 'cancel-stuck', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await world.stack.backUp(vm.id)
    const begun = async () => (await world.stack.services.backups.get(id)).state
    await expect.poll(begun, { timeout: 15_000, interval: 20 }).toBe('copying')
    process.kill(slow.pid, 'SIGSTOP')
    try {
      await world.stack.services.backups.cancel(id, actor)
      await expectCancelled(await world.stack.finished(id, 20_000))
    } finally {
      process.kill(slow.pid, 'SIGCONT')
    }
  })
})

describe('at named points', () => {
  /** A backup that stands at the point. */
  async function held(point: ParkPoint) {
    const vm = await world.stack.addVm({ name: `held-${point}`, disks: [source] })
    const hold = await holdAt(world.stack, point)
    const { id } = await world.stack.backUp(vm.id)
    await hold.reached()
    return { id, vmId: vm.id, release: hold.release }
  }

  async function cancelledAt(point: ParkPoint) {
    const job = await held(point)
    const stopped = world.stack.services.appliances.stop(world.stack.applianceId, actor)
    await expect(stopped).rejects.toMatchObject({ problem: { code: 'busy' } })
    await world.stack.services.backups.cancel(job.id, actor)
    await job.release()
    await expectCancelled(await world.stack.finished(job.id))
    expect(await world.stack.leaks()).toEqual([])
    const sessions = await world.stack.services.tunnels.list()
    expect(sessions.filter(({ kind }) => kind !== 'control')).toEqual([])
  }
  it('before the rename, cancel wins', { tags: ['long'] }, () => cancelledAt('before-rename'))
  it.each([
    ['a report that comes after it revives nothing', 'report'],
    ['a key that is revoked while its tunnel is dialled opens nothing', 'connect'],
  ] as const)('%s', { tags: ['long'] }, (_, point) => cancelledAt(point))

  it('after the rename the backup is complete, whatever is wished', { tags: ['long'] }, async () => {
    const job = await held('after-rename')
    await world.stack.services.backups.cancel(job.id, actor)
    await job.release()
    await expectIdentical(world.stack, await world.stack.finished(job.id), [source])
  })

  it('an engine that lost the database to another one neither writes nor cleans what is the other one’s', {
    tags: ['long'],
  }, async () => {
    const { engine } = world.stack
    const job = await held('proved')
    process.kill(engine.pid, 'SIGSTOP')
    await execute(
      world.stack.variables.DATABASE_URL ?? '',
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7310003
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    const other = await world.stack.secondEngine()
    const takenUp = async () =>
      (await world.stack.services.backups.events(job.id)).some(
        ({ data }) => data.kind === 'job.step' && /takes this backup up/.test(data.message),
      )
    expect(await waitFor(takenUp, { deadlineMs: 30_000, everyMs: 50 }), (await other.log()).join('\n')).toBe(true)
    // Both work at it now: the first with a fence that is over.
    process.kill(engine.pid, 'SIGCONT')
    await job.release()
    await expectIdentical(world.stack, await world.stack.finished(job.id), [source])
    await engine.kill()
    await other.stop()
    await engine.restart()
    await world.stack.online()
    const next = await world.stack.finished((await world.stack.backUp(job.vmId)).id)
    await expectIdentical(world.stack, next, [source])
  })
})
