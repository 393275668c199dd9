import { describe, expect, it } from 'vitest'
import { layOut, MARGIN, nearest } from './timeline-layout.ts'

const GIB = 1024 ** 3
const point = (day: number, gib: number) => ({
  ...{ id: `backup-a-${day}`, type: 'full' as const, storedBytes: gib * GIB, repositoryName: 'main' },
  ...{ stateUnknown: false, standing: 'ok' as const },
  takenAt: `2026-11-${String(day).padStart(2, '0')}T02:00:00.000Z`,
})
const points = [point(1, 10), point(2, 12), point(20, 30)]

describe('a timeline', () => {
  it('puts time from left to right and size from the base line up, inside the plot', () => {
    const layout = layOut({ points, failures: [{ backupId: 'x', at: '2026-11-10T02:00:00.000Z' }] }, 800, 160)
    const xs = layout?.bars.map(({ x }) => x) ?? []
    expect(xs).toEqual(xs.toSorted((a, b) => a - b))
    expect(xs[0]).toBeGreaterThanOrEqual(MARGIN.left)
    expect(xs.at(-1)).toBeLessThanOrEqual(800 - MARGIN.right)
    expect(layout?.bars.at(-1)?.y).toBeCloseTo(MARGIN.top)
    expect(layout?.failures[0]?.x).toBeGreaterThan(xs[1] ?? 0)
    expect(layout?.sizes.map(({ bytes }) => bytes / GIB)).toEqual([0, 10, 20, 30])
  })

  it('keeps the days on the axis apart from each other', () => {
    const days = [{ ...point(1, 1), takenAt: '2026-10-28T02:00:00.000Z' }, point(22, 1)]
    const xs = layOut({ points: days, failures: [] }, 1100, 160)?.times.map(({ x }) => x) ?? []
    expect(xs.length).toBeGreaterThan(4)
    expect(Math.min(...xs.slice(1).map((x, index) => x - (xs[index] ?? 0)))).toBeGreaterThanOrEqual(72)
  })

  it('tells the time of the day where days would all be the same', () => {
    const at = (takenAt: string) => ({ ...point(1, 1), takenAt })
    const labels = (from: string, to: string) =>
      layOut({ points: [at(from), at(to)], failures: [] }, 800, 160)?.times.map(({ label }) => label) ?? []
    const hours = labels('2026-11-24T20:00:00.000Z', '2026-11-25T06:00:00.000Z')
    expect(hours).toContain('22:00')
    expect(hours).toContain('25 Nov')
    const seconds = labels('2026-11-24T20:00:00.000Z', '2026-11-24T20:02:00.000Z')
    expect(new Set(seconds).size).toBe(seconds.length)
    expect(seconds.length).toBeGreaterThan(2)
  })

  it('has room for one point, and nothing to draw without any', () => {
    const layout = layOut({ points: points.slice(0, 1), failures: [] }, 800, 160)
    expect(layout?.bars[0]?.x).toBeCloseTo((MARGIN.left + 6 + 800 - MARGIN.right) / 2)
    expect(layOut({ points: [], failures: [] }, 800, 160)).toBeNull()
  })

  it('finds the bar next to a pointer', () => {
    const { bars = [] } = layOut({ points, failures: [] }, 800, 160) ?? {}
    expect(nearest(bars, 0)).toBe(0)
    expect(nearest(bars, 800)).toBe(2)
    expect(nearest(bars, (bars[1]?.x ?? 0) + 1)).toBe(1)
    expect(nearest([], 5)).toBe(-1)
  })
})
