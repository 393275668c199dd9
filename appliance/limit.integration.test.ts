import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { appliancePaths } from './config.ts'
import { jobFiles } from './jobs/record.ts'
import { makeDisk } from './testing/directory.ts'
import { diskPath, openJob, slowDisk, startWorld, type TestWorld } from './testing/job.ts'
import { bytesMoved, reportWhere } from './testing/running.ts'

const MIB = 1024 * 1024
const SIZE = 24 * MIB
let world: TestWorld
let path: string
beforeAll(async () => {
  world = await startWorld()
  path = await makeDisk(diskPath(world, 'd.raw'), SIZE, [{ kind: 'random', offset: 0, length: SIZE }])
})
afterAll(() => world[Symbol.asyncDispose]())

const file = () => appliancePaths(world.appliance.dataDir).limit
const kept = async () => JSON.parse(await readFile(file(), 'utf8'))
const inForce = async () => (await world.appliance.api.call('hello', {})).limit

test('the limit is kept over a restart, with those who share it; one that is not known starts nothing', async () => {
  const { appliance } = world
  const { api } = appliance
  expect(await inForce()).toEqual({ bytesPerSecond: null })
  expect(jobFiles(appliancePaths(appliance.dataDir).job('x')).limit).toBe(file())
  for (const bytesPerSecond of [0, -1, 1.5, 1e15])
    await expect(api.call('limit.set', { bytesPerSecond })).rejects.toThrow()
  expect(await api.call('limit.set', { bytesPerSecond: 9 * MIB })).toEqual({ bytesPerSecond: 9 * MIB })

  await using made = new AsyncDisposableStack()
  const job = made.use(await openJob(world, 'slow', [await slowDisk(world, made, { key: 2000, path }, '5M')]))
  const start = () => api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
  // A daemon that finds its limit damaged does not guess, and the hub mends it by telling it again.
  await appliance.end('SIGTERM')
  await writeFile(file(), '{"bytesPerSecond":')
  await appliance.restart('handover')
  expect(await inForce()).toBeNull()
  await expect(start()).rejects.toMatchObject({ problem: { code: 'unavailable' } })
  expect(await api.call('limit.set', { bytesPerSecond: 9 * MIB })).toEqual({ bytesPerSecond: 9 * MIB })
  await start()
  expect(await kept()).toEqual({ bytesPerSecond: 9 * MIB, jobs: 1 })
  await reportWhere(appliance, job.jobId, bytesMoved)

  await appliance.end('SIGTERM')
  expect(await kept()).toEqual({ bytesPerSecond: 9 * MIB, jobs: 1 })
  await appliance.restart('handover')
  expect(await inForce()).toEqual({ bytesPerSecond: 9 * MIB })
  expect(await kept()).toEqual({ bytesPerSecond: 9 * MIB, jobs: 1 })
  expect(await api.call('jobs.cancel', { jobId: job.jobId })).toEqual({ ended: true })
  expect(await waitFor(async () => (await kept()).jobs === 0, { deadlineMs: 5000 })).toBe(true)
}, 90_000)
