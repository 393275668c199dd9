/** @module-tag long */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobReport } from '#contracts/appliance.ts'
import { waitFor } from '#lib/async/wait.ts'
import { run } from '#lib/process/run.ts'
import { appliancePaths } from './config.ts'
import { jobFiles, readLedger } from './jobs/record.ts'
import { reportsOf } from './testing/appliance.ts'
import { type Content, makeDisk } from './testing/directory.ts'
import { diskPath, identical, openJob, slowDisk, startWorld, type TestJob, type TestWorld } from './testing/job.ts'
import { bytesMoved, leftOf, reportWhere } from './testing/running.ts'

const KIB = 1024
const MIB = 1024 * KIB
let world: TestWorld
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const ledgerOf = (jobId: string) => readLedger(jobFiles(appliancePaths(world.appliance.dataDir).job(jobId)))

/** SIGKILL to the job's ssh. Answers its pid. */
async function killSsh(jobId: string): Promise<number> {
  const pid = await waitFor(
    async () => {
      const { tunnel } = await ledgerOf(jobId)
      return tunnel?.ready && tunnel.process?.pid
    },
    { deadlineMs: 10_000 },
  )
  process.kill(pid ?? 0, 'SIGKILL')
  return pid ?? 0
}

const restored = (count: number) => {
  let seen = 0
  return (report: JobReport) => report.type === 'tunnel-restored' && ++seen === count
}

const resumed = (key: number, count: number) => {
  let seen = 0
  return (report: JobReport) => report.type === 'resumed' && report.key === key && ++seen === count
}

const sent = (key: number, bytes: number) => (report: JobReport) =>
  report.type === 'progress' && report.disks.some((disk) => disk.key === key && (disk.sentBytes ?? 0) >= bytes)

/** Starts the job and plays the hub's part: it says when no older session lives. */
async function start({ jobId, targets }: TestJob, tunnelAwaySeconds = 60) {
  const { api } = world.appliance
  const { pid } = await api.call('jobs.start', { jobId, targets, tunnelAwaySeconds })
  const reports: JobReport[] = []
  const ended = (async () => {
    for await (const report of api.reports(jobId, 0, AbortSignal.timeout(50_000))) {
      reports.push(report)
      if (report.type === 'tunnel-restored') await api.call('jobs.resume', { jobId })
    }
    return reports
  })()
  return { pid, ended }
}

async function expectCopied(job: TestJob, disks: readonly { key: number; path: string }[]) {
  const { steps } = await world.appliance.api.call('jobs.end', { jobId: job.jobId })
  expect(steps.filter(({ ok }) => !ok)).toEqual([])
  expect(await leftOf(job.jobId)).toEqual([])
  for (const { key, path } of disks) {
    const target = job.exports.get(key)
    await target?.stop()
    expect(await identical(path, target?.image ?? '')).toBe(true)
    expect((await run('qemu-img', ['check', target?.image ?? ''])).stdout).toContain('No errors')
  }
}

/** Bits of data of odd sizes at odd places, allocated zeros between them, and an end that fills no sector. */
function scattered(size: number): Content[] {
  const bits = Array.from({ length: 120 }, (_, index): Content => {
    const offset = index * 160 * KIB + (index % 7) * 4 * KIB + (index % 5) * 300
    return { kind: index % 4 === 3 ? 'zero' : 'random', offset, length: 3000 + (index % 11) * 9 * KIB }
  })
  return [
    ...bits,
    { kind: 'zero', offset: 20 * MIB, length: 2 * MIB },
    { kind: 'random', offset: size - 700, length: 700 },
  ]
}

describe('the tunnel is cut in mid-copy', () => {
  test('ssh is killed three times: the copy of two disks goes on, and every byte is right', async () => {
    await using made = new AsyncDisposableStack()
    const sizes = [24 * MIB + 12_345, 16 * MIB + 512]
    const contents = [scattered(sizes[0] ?? 0), [{ kind: 'random' as const, offset: 0, length: sizes[1] ?? 0 }]]
    const disks = await Promise.all(
      sizes.map(async (size, index) => {
        const key = 2000 + index
        const path = await makeDisk(diskPath(world, `cut-${index}.raw`), size, contents[index] ?? [])
        return slowDisk(world, made, { key, path }, index === 0 ? '12M' : '16M')
      }),
    )
    const job = made.use(await openJob(world, 'cut', disks))
    const { ended } = await start(job)
    await reportWhere(world.appliance, job.jobId, sent(2001, 4 * MIB))
    const before = (await ledgerOf(job.jobId)).tunnel?.forwards
    await killSsh(job.jobId)
    await reportWhere(world.appliance, job.jobId, resumed(2001, 1))
    await killSsh(job.jobId)
    // The third comes before the disks have asked what their images hold.
    await reportWhere(world.appliance, job.jobId, restored(2))
    await killSsh(job.jobId)
    await reportWhere(world.appliance, job.jobId, restored(3))
    expect((await ledgerOf(job.jobId)).tunnel?.forwards).toEqual(before)
    const reports = await ended
    expect(reports.at(-1)).toMatchObject({ type: 'client-ended', ok: true, problem: null })
    expect(reports.map(({ seq }) => seq)).toEqual(reports.map((_, index) => index + 1))
    const cuts = reports.filter(({ type }) => type === 'tunnel-ended' || type === 'tunnel-restored')
    expect(cuts.map(({ type }) => type)).toEqual(Array(3).fill(['tunnel-ended', 'tunnel-restored']).flat())
    expect(reports.find((report) => report.type === 'tunnel-ended')?.tool.signal).toBe('SIGKILL')
    const goesOn = reports.flatMap((report) => (report.type === 'resumed' && report.key === 2001 ? report : []))
    expect(goesOn.length).toBeGreaterThanOrEqual(2)
    const left = goesOn.map(({ remainingBytes }) => remainingBytes)
    expect(left, 'less each time').toEqual(left.toSorted((a, b) => b - a))
    expect(left.at(-1)).toBeLessThan(16 * MIB)
    await expectCopied(job, disks)
  })

  test('of a file: its figures never go back, and say at the end that all was read', { tags: ['long'] }, async () => {
    const size = 96 * MIB + 4096
    const path = await makeDisk(diskPath(world, 'file.raw'), size, [
      { kind: 'random', offset: 0, length: 40 * MIB },
      { kind: 'zero', offset: 40 * MIB, length: 16 * MIB },
      { kind: 'random', offset: 56 * MIB, length: 40 * MIB + 4096 },
    ])
    await using job = await openJob(world, 'file', [{ key: 2000, path }])
    // The target takes nothing for a while, so that the copy is under way when the tunnel goes.
    const target = job.exports.get(2000)?.pid ?? 0
    const { ended } = await start(job)
    await reportWhere(world.appliance, job.jobId, bytesMoved)
    process.kill(target, 'SIGSTOP')
    await killSsh(job.jobId)
    process.kill(target, 'SIGCONT')
    const reports = await ended
    expect(reports.at(-1)).toMatchObject({ type: 'client-ended', ok: true })
    const read = reports.flatMap((report) =>
      report.type === 'progress' ? report.disks.map(({ readBytes }) => readBytes ?? -1) : [],
    )
    expect(read).toEqual(read.toSorted((a, b) => a - b))
    expect(read.at(-1)).toBe(size)
    expect(reports.some(({ type }) => type === 'resumed')).toBe(true)
    await expectCopied(job, [{ key: 2000, path }])
  })

  test('and does not come back: it fails clearly, after the time that was set', { tags: ['long'] }, async () => {
    await using made = new AsyncDisposableStack()
    const size = 64 * MIB
    const path = await makeDisk(diskPath(world, 'away.raw'), size, [{ kind: 'random', offset: 0, length: size }])
    const job = made.use(await openJob(world, 'away', [await slowDisk(world, made, { key: 2000, path }, '8M')]))
    const { ended } = await start(job, 2)
    await reportWhere(world.appliance, job.jobId, bytesMoved)
    await world.sshd.authorize([])
    await world.sshd.endSessions()
    const reports = await ended
    const last = reports.at(-1)
    expect(last).toMatchObject({ type: 'client-ended', ok: false, problem: { code: 'export_unreachable' } })
    const words = last?.type === 'client-ended' ? last.problem?.happened : ''
    expect(words).toMatch(/tunnel to the hub did not come back within 2 seconds, in mid-copy: the hub closed/)
    const tool = reports.find((report) => report.type === 'tunnel-ended')?.tool
    expect(tool?.exitCode).toBe(255)
    expect(tool?.stderr.join('\n')).toMatch(/closed|reset/i)
  })

  test('while the daemon is dead too: the next daemon dials, and the client goes on', { tags: ['long'] }, async () => {
    await using made = new AsyncDisposableStack()
    const size = 24 * MIB + 512
    const path = await makeDisk(diskPath(world, 'both.raw'), size, [{ kind: 'random', offset: 0, length: size }])
    const disk = await slowDisk(world, made, { key: 2000, path }, '8M')
    const job = made.use(await openJob(world, 'both', [disk]))
    const { api } = world.appliance
    const { pid } = await api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
    await reportWhere(world.appliance, job.jobId, bytesMoved)
    await world.appliance.end('SIGKILL')
    await killSsh(job.jobId)
    const log = jobFiles(appliancePaths(world.appliance.dataDir).job(job.jobId)).reports
    const told = async () => (await readFile(log, 'utf8')).includes('tunnel-ended')
    expect(await waitFor(told, { deadlineMs: 10_000 })).toBe(true)
    await world.appliance.restart()
    await reportWhere(world.appliance, job.jobId, restored(1))
    await api.call('jobs.resume', { jobId: job.jobId })
    const reports = await reportsOf(api, job.jobId)
    expect(reports[0]).toMatchObject({ type: 'client-started', pid })
    expect(reports.at(-1), JSON.stringify(reports)).toMatchObject({ type: 'client-ended', ok: true })
    await expectCopied(job, [disk])
  })
})
