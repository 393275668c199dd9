import { describe, expect, test } from 'vitest'
import { forEachLimited } from './each-limited.ts'
import { DiskMeter } from './meter.ts'

const LEAF = 65_536

describe('the meter', () => {
  test('before anything has moved it says nothing of the sockets, and zero of the rest', () => {
    const meter = new DiskMeter(100 * LEAF)
    expect(meter.reading(0)).toEqual({ readBytes: 0, writtenBytes: 0, sentBytes: null, bytesPerSecond: 0 })
    expect(meter.moved).toBe(false)
  })

  test('sent bytes never go back', () => {
    const meter = new DiskMeter(100 * LEAF)
    for (const acked of [0, 500, null, 100]) meter.sampleSent(acked)
    expect(meter.reading(0).sentBytes).toBe(500)
  })

  test('what is acknowledged makes progress and speed, zeros too', () => {
    const meter = new DiskMeter(100 * LEAF)
    meter.reading(0)
    meter.copied.readBytes = 10 * LEAF
    meter.copied.writtenBytes = 3 * LEAF
    meter.copied.zeroWrittenBytes = 1 * LEAF
    expect(meter.reading(1000)).toEqual({
      ...{ readBytes: 10 * LEAF, writtenBytes: 4 * LEAF, sentBytes: null, bytesPerSecond: 4 * LEAF },
    })
    expect(meter.moved).toBe(true)
    expect(meter.reading(2000).bytesPerSecond).toBeLessThan(4 * LEAF)
  })

  test('a cut copy goes on from what is stored, and says what is read again', () => {
    const meter = new DiskMeter(100 * LEAF)
    meter.copied.readBytes = 40 * LEAF
    meter.copied.writtenBytes = 30 * LEAF
    meter.sampleSent(31 * LEAF)
    expect(meter.cut(20)).toEqual({ remainingBytes: 80 * LEAF, againBytes: 20 * LEAF })
    expect(meter.reading(0)).toMatchObject({ readBytes: 20 * LEAF, writtenBytes: 20 * LEAF, sentBytes: 31 * LEAF })
    meter.sampleSent(5 * LEAF)
    meter.copied.writtenBytes = 5 * LEAF
    expect(meter.reading(1000)).toMatchObject({ writtenBytes: 25 * LEAF, sentBytes: 36 * LEAF })
  })

  test('never more than there is to copy', () => {
    const meter = new DiskMeter(LEAF - 10)
    meter.copied.readBytes = LEAF
    expect(meter.reading(0).readBytes).toBe(LEAF - 10)
  })
})

describe('side by side', () => {
  test('no more at once than allowed, each once, and the first rejection after all have ended', async () => {
    let [running, most] = [0, 0]
    const done: number[] = []
    const task = async (item: number) => {
      running++
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      done.push(item)
      if (item === 2) throw new Error('two')
    }
    await expect(forEachLimited([1, 2, 3, 4, 5], 2, task)).rejects.toThrow('two')
    expect(most).toBe(2)
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5])
  })
})
