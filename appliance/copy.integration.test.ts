import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '#lib/process/run.ts'
import { reportsOf } from './testing/appliance.ts'
import { type Content, makeDisk } from './testing/directory.ts'
import { diskPath, identical, openJob, startWorld, type TestWorld } from './testing/job.ts'

const MIB = 1024 * 1024
let world: TestWorld
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const mixed = (size: number): Content[] => [
  { kind: 'random', offset: 0, length: 512 },
  { kind: 'random', offset: 100_000, length: 777_777 },
  { kind: 'zero', offset: 2 * MIB, length: MIB },
  { kind: 'random', offset: 3 * MIB + 65_536, length: 65_536 },
  { kind: 'random', offset: size - 700, length: 700 },
]

describe('a full copy through the tunnel', () => {
  test('eight disks of sizes that are whole and not come back identical', async () => {
    const sizes = [8 * MIB, 8 * MIB + 64 * 1024, 8 * MIB + 512, 8 * MIB + 12_345, 512, 5 * MIB, 5 * MIB + 1024, 1536]
    const disks = await Promise.all(
      sizes.map(async (size, index) => {
        const content: Content[] = size > 4 * MIB ? mixed(size) : [{ kind: 'random', offset: 0, length: size }]
        return { key: 2000 + index, path: await makeDisk(diskPath(world, `${index}.raw`), size, content), size }
      }),
    )
    await using job = await openJob(world, 'vm, of: "eight"', disks)
    const { api } = world.appliance
    const { jobId, targets } = job
    const checked = await api.call('jobs.check', { jobId, targets })
    expect(
      checked.disks.every(({ ok }) => ok),
      JSON.stringify(checked),
    ).toBe(true)
    const first = await api.call('jobs.start', { jobId, targets })
    expect(await api.call('jobs.start', { jobId, targets })).toEqual(first)

    const reports = await reportsOf(api, jobId)
    expect(reports.map(({ seq }) => seq)).toEqual(reports.map((_, index) => index + 1))
    expect(reports[0]).toMatchObject({ type: 'client-started', pid: first.pid })
    expect(reports.at(-1)).toMatchObject({ type: 'client-ended', ok: true, problem: null, tool: { exitCode: 0 } })
    for (const disk of disks) {
      const phases = reports.flatMap((report) =>
        report.type === 'phase' && report.key === disk.key ? report.phase : [],
      )
      expect(phases).toEqual(['opening', 'copying', 'flushing', 'done'])
      const { extents } = await api.call('jobs.extents', { jobId, key: disk.key })
      // Whole leaves of 64 KiB are counted.
      const leaves = new Set<number>()
      for (const [offset, length] of extents)
        for (let leaf = Math.floor(offset / 65_536); leaf * 65_536 < offset + length; leaf++) leaves.add(leaf)
      const size = job.sizes.get(disk.key) ?? 0
      const data = [...leaves].reduce((sum, leaf) => sum + Math.min(65_536, size - leaf * 65_536), 0)
      const read = reports.flatMap((report) =>
        report.type === 'progress'
          ? report.disks.filter(({ key }) => key === disk.key).map((each) => each.readBytes)
          : [],
      )
      expect(read.at(-1)).toBe(data)
    }
    const ended = await api.call('jobs.end', { jobId })
    expect(ended.steps.filter(({ ok }) => !ok)).toEqual([])
    for (const disk of disks) {
      const target = job.exports.get(disk.key)
      await target?.stop()
      expect(await identical(disk.path, target?.image ?? '')).toBe(true)
      const check = await run('qemu-img', ['check', target?.image ?? ''])
      expect(check.stdout).toContain('No errors')
    }
    await expect(api.call('jobs.start', { jobId, targets })).rejects.toMatchObject({ problem: { code: 'not_found' } })
  })
})

test('a disk behind an NBD server is copied too, and its reads are not guessed', { tags: ['long'] }, async () => {
  const size = 6 * MIB + 512
  const raw = await makeDisk(diskPath(world, 'served.raw'), size, mixed(size))
  const socket = diskPath(world, 'served.sock')
  const { serveFor } = await import('./testing/nbd.ts')
  await using _server = await serveFor(raw, socket)
  const disk = { key: 2000, path: raw, url: `nbd+unix:///?socket=${socket}` }
  await using job = await openJob(world, 'served', [disk])
  const { api } = world.appliance
  const { jobId, targets } = job
  await api.call('jobs.start', { jobId, targets })
  const reports = await reportsOf(api, jobId)
  expect(reports.at(-1)).toMatchObject({ type: 'client-ended', ok: true })
  const read = reports.flatMap((report) =>
    report.type === 'progress' ? report.disks.map((each) => each.readBytes) : [],
  )
  expect(read.length).toBeGreaterThan(0)
  expect(read.every((bytes) => bytes === null)).toBe(true)
  const target = job.exports.get(2000)
  await target?.stop()
  expect(await identical(raw, target?.image ?? '')).toBe(true)
})
