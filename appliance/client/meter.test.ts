import { describe, expect, test } from 'vitest'
import { forEachLimited } from './limit.ts'
import { DiskMeter } from './meter.ts'

describe('the meter', () => {
  test('without a pid it cannot measure reads, and says so', () => {
    const meter = new DiskMeter(100, 100)
    expect(meter.reading(0)).toEqual({ readBytes: null, sentBytes: null, bytesPerSecond: 0 })
    expect(meter.moved).toBe(false)
  })

  test('sent bytes never go back, and make the speed when reads cannot be measured', () => {
    const meter = new DiskMeter(1000, 1000)
    meter.sampleSent(0)
    meter.reading(0)
    meter.sampleSent(500)
    expect(meter.reading(1000)).toEqual({ readBytes: null, sentBytes: 500, bytesPerSecond: 500 })
    meter.sampleSent(null)
    meter.sampleSent(100)
    expect(meter.reading(1100)).toEqual({ readBytes: null, sentBytes: 500, bytesPerSecond: 500 })
    expect(meter.reading(2000).bytesPerSecond).toBe(300)
  })

  test('counts what a real process reads, less the share of holes', async () => {
    const meter = new DiskMeter(1000, 4000)
    await meter.watch(process.pid)
    expect(meter.reading(0).readBytes).toBe(0)
    const { readFile } = await import('node:fs/promises')
    await readFile(new URL(import.meta.url))
    await meter.sampleRead()
    const { readBytes } = meter.reading(1000)
    expect(readBytes).toBeGreaterThan(0)
    expect(readBytes).toBeLessThanOrEqual(1000)
  })
})

describe('side by side', () => {
  test('never more than the limit, all of them, in order', async () => {
    let running = 0
    let most = 0
    const begun: number[] = []
    await forEachLimited([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item)
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
    })
    expect(begun).toEqual([1, 2, 3, 4, 5])
    expect(most).toBe(2)
  })

  test('rejects only after the others ended', async () => {
    let ended = false
    const all = forEachLimited([1, 2], 2, async (item) => {
      if (item === 1) throw new Error('one')
      await new Promise((resolve) => setImmediate(resolve))
      ended = true
    })
    await expect(all).rejects.toThrow('one')
    expect(ended).toBe(true)
  })
})
