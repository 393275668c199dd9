/** @module-tag long */
import { readdir, rm, truncate } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JobReport } from '#contracts/appliance.ts'
import { appliancePaths } from './config.ts'
import { reportsOf } from './testing/appliance.ts'
import { makeDisk } from './testing/directory.ts'
import { diskPath, openJob, slowDisk, startWorld, type TestJob, type TestWorld } from './testing/job.ts'
import { serveFor } from './testing/nbd.ts'
import { bytesMoved, childNamed, leftOf, reportWhere, untilSockets } from './testing/running.ts'

const MIB = 1024 * 1024
const SIZE = 64 * MIB
let world: TestWorld
let path: string
beforeAll(async () => {
  world = await startWorld()
  path = await makeDisk(diskPath(world, 'big.raw'), SIZE, [{ kind: 'random', offset: 0, length: SIZE }])
})
afterAll(() => world[Symbol.asyncDispose]())

/** What the last lines of a failed client say. */
function failureOf(reports: readonly JobReport[]) {
  const last = reports.at(-1)
  if (last?.type !== 'client-ended') throw new Error('client-ended is not the last report')
  expect(last.ok).toBe(false)
  expect(reports.map(({ seq }) => seq)).toEqual(reports.map((_, index) => index + 1))
  const disks = reports.filter((report) => report.type === 'disk-ended')
  return { last, problem: last.problem, disks, types: reports.map(({ type }) => type) }
}

describe('in mid-copy', () => {
  let made: AsyncDisposableStack
  let job: TestJob
  let client: number
  beforeEach(async () => {
    // A copy that takes long by itself: 64 MiB at 40 Mbit a second.
    made = new AsyncDisposableStack()
    const first = await slowDisk(world, made, { key: 2000, path }, '40M')
    const second = await slowDisk(world, made, { key: 2001, path }, '40M')
    job = made.use(await openJob(world, 'slow', [first, second]))
    const { pid } = await world.appliance.api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
    client = pid
    await reportWhere(world.appliance, job.jobId, bytesMoved)
  })
  afterEach(async () => {
    const ended = await world.appliance.api.call('jobs.end', { jobId: job.jobId })
    expect(ended.steps.filter(({ ok }) => !ok)).toEqual([])
    expect(await leftOf(job.jobId)).toEqual([])
    await made.disposeAsync()
  })

  test('a killed nbdkit is named', { tags: ['long'] }, async () => {
    process.kill(await childNamed(client, 'nbdkit'), 'SIGKILL')
    const { problem, disks, last } = failureOf(await reportsOf(world.appliance.api, job.jobId))
    expect(problem).toMatchObject({ code: 'source_read', tool: { signal: 'SIGKILL' } })
    expect(problem?.happened).toContain('nbdkit')
    expect(last.tool.exitCode).toBe(1)
    expect(disks).toHaveLength(2)
    expect(disks.every(({ ok }) => !ok)).toBe(true)
  })

  test('a killed client leaves nothing, and its end is told', { tags: ['long'] }, async () => {
    process.kill(client, 'SIGKILL')
    const { problem, last } = failureOf(await reportsOf(world.appliance.api, job.jobId))
    expect(last.tool.signal).toBe('SIGKILL')
    expect(problem).toMatchObject({ code: 'client_exited' })
    const ssh = await leftOf(job.jobId, 500)
    expect(ssh.filter((command) => !command.startsWith('ssh'))).toEqual([])
  })

  test('an export that dies is told, and the tunnel is not blamed', { tags: ['long'] }, async () => {
    process.kill(job.exports.get(2001)?.pid ?? 0, 'SIGKILL')
    const { problem, types, disks } = failureOf(await reportsOf(world.appliance.api, job.jobId))
    expect(problem, JSON.stringify(problem)).toMatchObject({ code: 'export_unreachable' })
    expect(disks[0]?.key).toBe(2001)
    expect(types).not.toContain('tunnel-ended')
  })

  test('cancel ends the client at once, and the job is still there', async () => {
    const { api } = world.appliance
    expect(await api.call('jobs.cancel', { jobId: job.jobId })).toEqual({ ended: true })
    expect(await api.call('jobs.cancel', { jobId: job.jobId })).toEqual({ ended: false })
    const { problem, last } = failureOf(await reportsOf(api, job.jobId))
    expect(last.tool).toMatchObject({ exitCode: 143, signal: null })
    expect(problem?.happened).toContain('on request')
    const { disks } = await api.call('jobs.release', { jobId: job.jobId })
    // It was to be read twice, and was not.
    expect(disks.map(({ state }) => state)).toEqual(['unknown', 'unknown'])
  })

  test('a client that does not listen is killed with all its children', async () => {
    process.kill(client, 'SIGSTOP')
    expect(await world.appliance.api.call('jobs.cancel', { jobId: job.jobId })).toEqual({ ended: true })
    const { last } = failureOf(await reportsOf(world.appliance.api, job.jobId))
    expect(last.tool.signal).toBe('SIGKILL')
  })
})

describe('the source', () => {
  test('that became shorter before the copy is refused', async () => {
    const copy = await makeDisk(diskPath(world, 'short.raw'), 4 * MIB, [])
    await using job = await openJob(world, 'short', [{ key: 2000, path: copy }])
    const { api } = world.appliance
    await truncate(copy, MIB)
    await api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
    const { problem } = failureOf(await reportsOf(api, job.jobId))
    expect(problem).toMatchObject({ code: 'source_changed' })
    const { disks } = await api.call('jobs.release', { jobId: job.jobId })
    expect(disks).toMatchObject([{ key: 2000, state: 'changed' }])
    const { steps } = await api.call('jobs.end', { jobId: job.jobId })
    expect(steps.filter(({ ok }) => !ok)).toEqual([])
    expect(steps.at(-1)).toMatchObject({ step: 'job files', ok: true })
  })

  test('that becomes shorter in mid-copy is refused: nbdkit serves the missing end as a hole', async () => {
    const copy = await makeDisk(diskPath(world, 'shrinks.raw'), SIZE, [{ kind: 'random', offset: 0, length: SIZE }])
    await using job = await openJob(world, 'shrinks', [{ key: 2000, path: copy }])
    const { api } = world.appliance
    const target = job.exports.get(2000)?.pid ?? 0
    // The copier has the source open and waits for its target.
    process.kill(target, 'SIGSTOP')
    try {
      const { pid } = await api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
      await childNamed(pid, 'nbdkit')
      await untilSockets(pid, 2)
      await truncate(copy, 8 * MIB)
    } finally {
      process.kill(target, 'SIGCONT')
    }
    const { problem } = failureOf(await reportsOf(api, job.jobId))
    expect(problem?.code).toBe('source_changed')
    expect(problem?.happened).toContain(`${8 * MIB} bytes`)
  })

  test('that cannot be read is named with the byte', { tags: ['long'] }, async () => {
    const socket = diskPath(world, 'bad.sock')
    await using _bad = await serveFor(path, socket, ['error'], ['error-pread=EIO', 'error-pread-rate=100%'])
    await using job = await openJob(world, 'bad', [{ key: 2000, path, url: `nbd+unix:///?socket=${socket}` }])
    await world.appliance.api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
    const { problem } = failureOf(await reportsOf(world.appliance.api, job.jobId))
    expect(problem?.code).toBe('source_read')
    expect(problem?.happened).toMatch(/Disk 2000 .* byte \d+/)
  })

  test('that is gone when the copy starts is named', { tags: ['long'] }, async () => {
    const copy = await makeDisk(diskPath(world, 'gone.raw'), MIB, [])
    await using job = await openJob(world, 'gone', [{ key: 2000, path: copy }])
    await rm(copy)
    await world.appliance.api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
    const { problem } = failureOf(await reportsOf(world.appliance.api, job.jobId))
    expect(problem).toMatchObject({ code: 'source_missing' })
  })

  test('that is gone before is refused in prepare, and nothing is left', async () => {
    await expect(openJob(world, 'never', [{ key: 2000, path: diskPath(world, 'never.raw') }])).rejects.toMatchObject({
      problem: { code: 'source_missing' },
    })
    expect(await readdir(appliancePaths(world.appliance.dataDir).jobs)).toEqual([])
  })
})
