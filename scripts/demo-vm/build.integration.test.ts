/** @module-tag long */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '#lib/process/run.ts'
import { defaultHome } from '#server/env.ts'
import { buildDemoVm } from './build.ts'
import { makeRawDisk } from './raw-disk.ts'

const MIB = 1024 * 1024
let directory = ''
beforeAll(async () => {
  await mkdir(defaultHome('sendense-test'), { recursive: true })
  directory = await mkdtemp(path.join(defaultHome('sendense-test'), 'demo-vm-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('builds disks whose partition tables and file systems the real tools find right', async () => {
  const options = { directory, sizes: { system: 3 * 1024 * MIB, data: 600 * MIB }, dataBytes: 48 * MIB }
  const steps = new Set<string>()
  const vm = await buildDemoVm({ ...options, onProgress: (step) => steps.add(step) })
  expect(vm.disks.map(({ key, sizeBytes }) => [key, sizeBytes])).toEqual([
    [2000, 3 * 1024 * MIB],
    [2001, 600 * MIB],
  ])
  expect(steps.size).toBeGreaterThan(2)
  for (const disk of vm.disks) {
    const table = await run('sfdisk', ['--json', disk.path])
    const { partitions } = (JSON.parse(table.stdout) as { partitiontable: { partitions: { start: number }[] } })
      .partitiontable
    const start = partitions.at(-1)?.start ?? 0
    const check = await run('e2fsck', ['-fn', `${disk.path}?offset=${start * 512}`])
    expect(check.stdout + check.stderr).toContain('files (')
    expect(check.exitCode).toBe(0)
    expect((await stat(disk.path)).blocks * 512).toBeLessThan(64 * MIB)
  }
  const cached = await buildDemoVm({ ...options, onProgress: () => expect.unreachable('all is there already') })
  expect(cached).toEqual(vm)
  await writeFile(vm.disks[1]?.path ?? '', 'x')
  expect(await buildDemoVm(options)).toMatchObject({ disks: [{ key: 2000 }, { key: 2001, sizeBytes: 600 * MIB }] })
})

it('makes raw disks of odd sizes with holes, data and written zeros where they are asked', async () => {
  const file = path.join(directory, 'odd.raw')
  const sizeBytes = 5 * MIB + 12_345
  const made = await makeRawDisk(file, {
    sizeBytes,
    extents: [
      { kind: 'random', offset: 0, length: 100_000 },
      { kind: 'zero', offset: 2 * MIB, length: MIB },
      { kind: 'random', offset: sizeBytes - 777, length: 777 },
    ],
  })
  expect(made).toEqual({ path: file, sizeBytes, dataBytes: 100_000 + MIB + 777 })
  const bytes = await readFile(file)
  expect(bytes.length).toBe(sizeBytes)
  expect(bytes.subarray(100_000, sizeBytes - 777).every((byte) => byte === 0)).toBe(true)
  expect(bytes.subarray(sizeBytes - 777).some((byte) => byte !== 0)).toBe(true)
  const allocated = (await stat(file)).blocks * 512
  expect(allocated).toBeGreaterThanOrEqual(made.dataBytes)
  expect(allocated).toBeLessThan(2 * MIB)
  await expect(makeRawDisk(file, { sizeBytes: 10, extents: [{ kind: 'zero', offset: 5, length: 6 }] })).rejects.toThrow(
    RangeError,
  )
})
