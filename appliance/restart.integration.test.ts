/** @module-tag long */
import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { isAlive, processIdentity } from '#lib/process/procfs.ts'
import { appliancePaths } from './config.ts'
import { reportsOf } from './testing/appliance.ts'
import { makeDisk } from './testing/directory.ts'
import { diskPath, identical, openJob, slowDisk, startWorld, type TestJob, type TestWorld } from './testing/job.ts'
import { bytesMoved, leftOf, reportWhere } from './testing/running.ts'

const MIB = 1024 * 1024
const SIZE = 24 * MIB + 512
let world: TestWorld
let path: string
beforeAll(async () => {
  world = await startWorld()
  path = await makeDisk(diskPath(world, 'd.raw'), SIZE, [{ kind: 'random', offset: 0, length: SIZE }])
})
afterAll(() => world[Symbol.asyncDispose]())

describe('a daemon that ends in mid-copy', () => {
  let made: AsyncDisposableStack
  let job: TestJob
  let client: number
  beforeEach(async () => {
    made = new AsyncDisposableStack()
    job = made.use(await openJob(world, 'slow', [await slowDisk(world, made, { key: 2000, path }, '20M')]))
    const { pid } = await world.appliance.api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
    client = pid
    await reportWhere(world.appliance, job.jobId, bytesMoved)
    return () => made.disposeAsync()
  })

  /** The running daemon knows the client, tells its whole log, and the copy is its source. */
  async function expectRest() {
    const { api } = world.appliance
    expect(await api.call('jobs.start', { jobId: job.jobId, targets: job.targets })).toEqual({ pid: client })
    const all = await reportsOf(api, job.jobId)
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
    expect(all.at(-1)).toMatchObject({ type: 'client-ended', ok: true, tool: { exitCode: 0 } })
    expect(await reportsOf(api, job.jobId, all.length - 2)).toEqual(all.slice(-2))
    const { steps } = await api.call('jobs.end', { jobId: job.jobId })
    expect(steps.filter(({ ok }) => !ok)).toEqual([])
    expect(await leftOf(job.jobId)).toEqual([])
    const target = job.exports.get(2000)
    await target?.stop()
    expect(await identical(path, target?.image ?? '')).toBe(true)
  }

  test('killed: the copy goes on, the next daemon tells the rest, and the bytes are right', async () => {
    await world.appliance.end('SIGKILL')
    const identity = await processIdentity(client)
    expect(identity).not.toBeNull()
    await world.appliance.restart()
    await expectRest()
  })

  test('killed together with its client: the next daemon tells the end', async () => {
    await world.appliance.end('SIGKILL')
    process.kill(client, 'SIGKILL')
    await world.appliance.restart()
    const { api } = world.appliance
    const reports = await reportsOf(api, job.jobId)
    expect(reports.at(-1)).toMatchObject({ type: 'client-ended', ok: false, problem: { code: 'client_exited' } })
    const { steps } = await api.call('jobs.end', { jobId: job.jobId })
    expect(steps.filter(({ ok }) => !ok)).toEqual([])
    expect(await leftOf(job.jobId)).toEqual([])
  })

  test('asked to end: client and tunnel go on, and the next daemon tells the rest', async () => {
    await world.appliance.end('SIGKILL')
    await world.appliance.restart('handover')
    const before = await leftOf(job.jobId, 0)
    expect(before.length).toBeGreaterThanOrEqual(3)
    await world.appliance.end('SIGTERM')
    expect((await world.appliance.daemon.exited).exitCode).toBe(0)
    expect(await leftOf(job.jobId, 0)).toEqual(before)
    await world.appliance.restart()
    await expectRest()
  })

  test('asked to end, and to wait: it takes no new job, and ends after the last one', async () => {
    const { api } = world.appliance
    await world.appliance.end('SIGKILL')
    await world.appliance.restart('wait')
    process.kill(world.appliance.daemon.pid, 'SIGTERM')
    const prepare = () => api.call('jobs.prepare', { jobId: randomUUID(), source: 'images', ref: 'slow' })
    const refused = () =>
      prepare().then(
        () => false,
        (error: unknown) => error instanceof ProblemError && error.problem.code === 'unavailable',
      )
    // The signal is heard a moment after it was sent; until then a job is taken.
    expect(await waitFor(refused, { deadlineMs: 5000 })).toBe(true)
    for (const other of await readdir(appliancePaths(world.appliance.dataDir).jobs))
      if (other !== job.jobId) await api.call('jobs.end', { jobId: other })
    await expectRest()
    expect((await world.appliance.daemon.exited).exitCode).toBe(0)
    await world.appliance.restart()
  })

  test('asked to end, and to cancel: client and tunnel end first, and the next daemon still has the record', async () => {
    const identity = await processIdentity(client)
    await world.appliance.end('SIGTERM')
    expect((await world.appliance.daemon.exited).exitCode).toBe(0)
    expect(identity && (await isAlive(identity))).toBe(false)
    expect(await leftOf(job.jobId, 100)).toEqual([])
    await world.appliance.restart()
    const reports = await reportsOf(world.appliance.api, job.jobId)
    expect(reports.at(-1)).toMatchObject({ type: 'client-ended', ok: false, tool: { exitCode: 143 } })
    const { steps } = await world.appliance.api.call('jobs.end', { jobId: job.jobId })
    expect(steps.filter(({ ok }) => !ok)).toEqual([])
    expect(await world.appliance.api.call('jobs.end', { jobId: job.jobId })).toMatchObject({ steps })
  })
})
