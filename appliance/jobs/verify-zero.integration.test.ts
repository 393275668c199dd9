import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Extent } from '#contracts/appliance.ts'
import { makeDisk } from '../testing/directory.ts'
import { addVm, diskPath, startWorld, type TestWorld } from '../testing/job.ts'

const MIB = 1024 * 1024
const SIZE = 40 * MIB + 12_345
const jobId = randomUUID()
let world: TestWorld
beforeAll(async () => {
  world = await startWorld()
  const path = await makeDisk(diskPath(world, 'z.raw'), SIZE, [
    { kind: 'zero', offset: 0, length: 20 * MIB },
    { kind: 'random', offset: 30 * MIB, length: 1 },
    { kind: 'random', offset: 36 * MIB, length: 4096 },
  ])
  await addVm(world, 'z', [{ key: 2000, path }])
  await world.appliance.api.call('jobs.prepare', { jobId, source: 'images', ref: 'z' })
})
afterAll(() => world[Symbol.asyncDispose]())

const verify = (ranges: Extent[]) => world.appliance.api.call('jobs.verifyZero', { jobId, key: 2000, ranges })

describe('reading again whether all is zero', () => {
  test.each<[string, Extent[], number]>([
    ['nothing', [], 0],
    ['allocated zeros', [[0, 20 * MIB]], 20 * MIB],
    ['a hole', [[20 * MIB, 10 * MIB]], 10 * MIB],
    ['odd ends', [[SIZE - 12_345, 12_345]], 12_345],
    ['many pieces', Array.from({ length: 1000 }, (_, index): Extent => [index * 8192 + 512, 4096]), 4_096_000],
  ])('%s', async (_name, ranges, bytes) => {
    expect(await verify(ranges)).toEqual({ zero: true, checkedBytes: bytes, detail: null })
  })

  test('one byte among ten MiB is found, wherever it is', async () => {
    const { zero, detail } = await verify([[25 * MIB, 10 * MIB]])
    expect(zero).toBe(false)
    expect(detail).toContain('Pattern verification failed')
    expect(
      (
        await verify([
          [0, MIB],
          [30 * MIB, 512],
        ])
      ).zero,
    ).toBe(false)
  })

  test('a range beyond the disk is refused', async () => {
    await expect(verify([[SIZE - 10, 11]])).rejects.toMatchObject({ problem: { code: 'bad_input' } })
  })
})
