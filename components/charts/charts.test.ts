import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteAxis, formatTick, growingEnd, timeTicks } from './domain.ts'
import { nearest, pointsOf } from './series.ts'

const MiB = 1024 ** 2

describe('a byte axis', () => {
  it.each([
    [64 * MiB, 64 * MiB, 5],
    [67 * MiB, 96 * MiB, 4],
    [0, 1024, 2],
  ])('for %d ends at %d', (largest, end, ticks) => {
    expect(byteAxis(largest)).toMatchObject({ end })
    expect(byteAxis(largest).ticks).toHaveLength(ticks)
  })

  it('holds everything, wastes less than half, and stands still while figures grow a little', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8192, max: 2 ** 50 }), (largest) => {
        const { end, ticks } = byteAxis(largest)
        expect(end).toBeGreaterThanOrEqual(largest)
        expect(end).toBeLessThan(largest * 1.6)
        expect(ticks.length).toBeGreaterThanOrEqual(3)
        expect(ticks.length).toBeLessThanOrEqual(5)
        expect(ticks.at(-1)).toBe(end)
      }),
    )
  })
})

describe('a time axis', () => {
  it('steps, so that it moves seldom', () => {
    const ends = new Set(Array.from({ length: 3600 }, (_, second) => growingEnd(second)))
    expect([...ends]).toEqual([30, 60, 120, 300, 600, 1200, 1800, 3600])
    expect(growingEnd(86_401)).toBe(172_800)
  })

  it('has few ticks, within its end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (end) => {
        const ticks = timeTicks(end)
        expect(ticks.length).toBeLessThanOrEqual(6)
        expect(ticks[0]).toBe(0)
        expect(ticks.at(-1)).toBeLessThanOrEqual(end)
      }),
    )
  })

  it.each([
    [0, '0'],
    [30, '30 s'],
    [90, '90 s'],
    [120, '2 min'],
    [5400, '90 min'],
    [7200, '2 h'],
    [86_400 * 3, '3 d'],
  ])('%d is %s', (seconds, text) => expect(formatTick(seconds)).toBe(text))
})

describe('points', () => {
  const every = (seconds: number, count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => from + index * seconds * 1000)

  it('have a gap where samples are missing, and none at zero', () => {
    const at = [...every(1, 5), ...every(1, 5, 30_000)]
    const points = pointsOf(
      at,
      at.map(() => 7),
      0,
    )
    expect(points.filter(({ y }) => y === null)).toEqual([{ x: 17, y: null }])
    expect(points.every(({ y }) => y === 7 || y === null)).toBe(true)
  })

  it('have none where samples were thinned, nor at the seam to full rate', () => {
    const at = [...every(120, 5), ...every(1, 5, 600_000)]
    expect(
      pointsOf(
        at,
        at.map(() => 1),
        0,
      ).some(({ y }) => y === null),
    ).toBe(false)
  })

  it('keep what could not be measured as a gap', () => {
    expect(pointsOf([1000, 2000], [null, 4], 1000)).toEqual([
      { x: 0, y: null },
      { x: 1, y: 4 },
    ])
  })

  it('are found by their time', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }), fc.integer(), (values, time) => {
        const times = values.toSorted((a, b) => a - b)
        const found = times[nearest(times, time)] ?? Number.NaN
        for (const other of times) expect(Math.abs(found - time)).toBeLessThanOrEqual(Math.abs(other - time))
      }),
    )
    expect(nearest([], 1)).toBe(-1)
  })
})
