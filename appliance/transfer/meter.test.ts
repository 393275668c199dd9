import { describe, expect, test } from 'vitest'
import type { Extent } from '#contracts/appliance.ts'
import { forEachLimited } from './limit.ts'
import { DiskMeter } from './meter.ts'
import type { SourceSockets } from './source-sockets.ts'

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

  /** A meter of sockets that have taken so many bytes, by its last look. */
  const ofSockets = (dataBytes: number, plannedBytes: number) => {
    const meter = new DiskMeter(dataBytes, plannedBytes)
    let bytes: number | null = null
    const sockets = { hosts: () => ['10.0.0.9'], takenBytes: () => bytes } as unknown as SourceSockets
    meter.watchSockets(sockets)
    const read = (taken: number | null, sent: number | null) => {
      bytes = taken
      meter.sampleSent(sent)
      meter.sampleTaken(new Map())
      return meter.reading(0).readBytes
    }
    return { meter, read, sockets }
  }
  const MIB = 1024 * 1024

  test('counts what a server sends, whether it sends the holes of a request or only names them', () => {
    const names = ofSockets(1000 * MIB, 2000 * MIB)
    expect(names.read(null, 0)).toBeNull()
    expect(names.meter.sourceHosts).toEqual(['10.0.0.9'])
    expect(names.read(3000, 0)).toBe(0)
    expect(names.meter.moved).toBe(false)
    expect(names.read(600 * MIB, 500 * MIB)).toBe(600 * MIB)
    const sends = ofSockets(1000 * MIB, 2000 * MIB)
    expect(sends.read(1200 * MIB, 550 * MIB)).toBe(678 * MIB)
    expect(sends.read(100 * MIB, 550 * MIB)).toBe(678 * MIB)
  })

  test('says that all is read when the copier has written it, and not before', () => {
    const { meter, read } = ofSockets(1000, 1000)
    expect(read(50_000, 900)).toBe(999)
    meter.sampleEnd()
    expect(meter.reading(1).readBytes).toBe(1000)
    const unseen = ofSockets(1000, 1000)
    unseen.meter.sampleEnd()
    expect(unseen.read(null, 0)).toBeNull()
  })

  test('begins anew with the sockets of another nbdkit after a cut, and counts nothing twice', () => {
    const whole = [[0, 1000 * MIB]] satisfies Extent[]
    const { meter, read } = ofSockets(1000 * MIB, 1000 * MIB)
    expect(read(400 * MIB, 300 * MIB)).toBe(400 * MIB)
    const { againBytes } = meter.cut([[250 * MIB, 750 * MIB]], whole)
    expect(againBytes).toBe(150 * MIB)
    let taken = 0
    meter.watchSockets({ hosts: () => [], takenBytes: () => taken } as unknown as SourceSockets)
    taken = 100 * MIB
    meter.sampleTaken(new Map())
    expect(meter.reading(1).readBytes).toBe(400 * MIB)
    taken = 200 * MIB
    meter.sampleSent(150 * MIB)
    meter.sampleTaken(new Map())
    expect(meter.reading(2).readBytes).toBe(450 * MIB)
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
