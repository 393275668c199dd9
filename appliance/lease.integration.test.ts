/** @module-tag long */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { appliancePaths } from './config.ts'
import { makeDisk } from './testing/directory.ts'
import { diskPath, openJob, slowDisk, startWorld, type TestWorld } from './testing/job.ts'
import { bytesMoved, leftOf, reportWhere } from './testing/running.ts'

const MIB = 1024 * 1024
let world: TestWorld
let path: string
beforeAll(async () => {
  world = await startWorld()
  path = await makeDisk(diskPath(world, 'd.raw'), 32 * MIB, [{ kind: 'random', offset: 0, length: 32 * MIB }])
})
afterAll(() => world[Symbol.asyncDispose]())

const jobsLeft = () => readdir(appliancePaths(world.appliance.dataDir).jobs)
const allGone = async () => (await jobsLeft()).length === 0

/** From the next start on. */
async function leases(copyingSeconds: number, idleSeconds: number) {
  await world.appliance.configure((config) => ({ ...config, lease: { copyingSeconds, idleSeconds } }))
  await world.appliance.end('SIGKILL')
  await world.appliance.restart()
}

describe('a hub that stays away', () => {
  test('in mid-copy: the job is ended, nothing is left, and the hub hears why, also from the next daemon', async () => {
    await using made = new AsyncDisposableStack()
    await leases(2, 600)
    const job = made.use(await openJob(world, 'slow', [await slowDisk(world, made, { key: 2000, path }, '8M')]))
    const { jobId, targets } = job
    const { api } = world.appliance
    await api.call('jobs.start', { jobId, targets })
    await reportWhere(world.appliance, jobId, bytesMoved)
    expect(await waitFor(allGone, { deadlineMs: 20_000, everyMs: 50 })).toBe(true)
    expect(await leftOf(jobId)).toEqual([])
    const why = { problem: { code: 'lease_expired', happened: expect.stringContaining('in the middle of its copy') } }
    await expect(api.call('jobs.start', { jobId, targets })).rejects.toMatchObject(why)
    await world.appliance.end('SIGKILL')
    await world.appliance.restart()
    await expect(api.call('jobs.verifyZero', { jobId, key: 2000, ranges: [] })).rejects.toMatchObject(why)
    const prepare = { jobId, source: 'images', ref: 'slow' }
    await expect(api.call('jobs.prepare', prepare)).rejects.toMatchObject(why)
    const { steps } = await api.call('jobs.end', { jobId })
    expect(steps.map(({ step, ok }) => [step, ok])).toContainEqual(['snapshot', true])
    expect(steps).toContainEqual({
      step: 'source unchanged',
      ok: true,
      detail: expect.stringContaining('not hashed again'),
    })
    expect(await api.call('jobs.end', { jobId })).toEqual({ steps: [], verdicts: [] })
  })

  test('before the copy: the shorter time holds, and an open stream keeps the job', async () => {
    await leases(600, 2)
    await using job = await openJob(world, 'idle', [{ key: 2000, path }])
    const { api } = world.appliance
    const stop = new AbortController()
    const beats = api.heartbeat(stop.signal)
    // Opened, and two pings of 2 s: longer than the lease.
    for (let tick = 0; tick < 4; tick++) await beats.next()
    expect(await jobsLeft()).toEqual([job.jobId])
    stop.abort()
    await beats.next().catch(() => undefined)
    expect(await waitFor(allGone, { deadlineMs: 20_000, everyMs: 50 })).toBe(true)
    await expect(api.call('jobs.check', { jobId: job.jobId, targets: job.targets })).rejects.toMatchObject({
      problem: { code: 'lease_expired' },
    })
  })
})
