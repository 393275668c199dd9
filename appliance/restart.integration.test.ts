import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isAlive, processIdentity } from '#lib/process/procfs.ts'
import { reportsOf } from './testing/appliance.ts'
import { makeDisk } from './testing/directory.ts'
import { diskPath, identical, openJob, startWorld, type TestJob, type TestWorld } from './testing/job.ts'
import { serveFor } from './testing/nbd.ts'
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
    const socket = diskPath(world, 'slow.sock')
    made.use(await serveFor(path, socket, ['rate'], ['rate=60M']))
    job = made.use(await openJob(world, 'slow', [{ key: 2000, path, url: `nbd+unix:///?socket=${socket}` }]))
    const { pid } = await world.appliance.api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
    client = pid
    await reportWhere(world.appliance, job.jobId, bytesMoved)
    return () => made.disposeAsync()
  })

  test('killed: the copy goes on, the next daemon tells the rest, and the bytes are right', async () => {
    const { api } = world.appliance
    await world.appliance.end('SIGKILL')
    const identity = await processIdentity(client)
    expect(identity).not.toBeNull()
    await world.appliance.restart()
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

  test('asked to end: client and tunnel end first, and the next daemon still has the record', async () => {
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
    expect(await world.appliance.api.call('jobs.end', { jobId: job.jobId })).toEqual({ steps: [] })
  })
})
