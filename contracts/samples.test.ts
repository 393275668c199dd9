import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keptSamples } from './samples.ts'

const seconds = (count: number) => Array.from({ length: count }, (_, second) => second * 1000)
const pick = (times: readonly number[], indexes: readonly number[]) => indexes.map((index) => times[index] ?? -1)

const rising = fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 400 }).map((steps) => {
  let time = 0
  return steps.map((step) => (time += step))
})

describe('thinning', () => {
  it('keeps the bound, the order, the first, the last and everything recent', () => {
    fc.assert(
      fc.property(rising, fc.integer({ min: 2, max: 100 }), fc.nat(4_000_000), (times, kept, fullFrom) => {
        const stays = pick(times, keptSamples(times, kept, fullFrom))
        const recent = times.filter((time) => time >= fullFrom)
        expect(stays.filter((time) => time < fullFrom).length).toBeLessThanOrEqual(kept)
        expect(stays.filter((time) => time >= fullFrom)).toEqual(recent)
        expect(stays).toEqual([...new Set(stays)].toSorted((a, b) => a - b))
        expect([stays[0], stays.at(-1)]).toEqual([times[0], times.at(-1)])
      }),
    )
  })

  it('leaves alone what is within the bound', () => {
    expect(keptSamples(seconds(300), 300, Number.POSITIVE_INFINITY)).toHaveLength(300)
    expect(keptSamples([], 300, 0)).toEqual([])
  })

  it('stays even however often it is done: the beginning of a long job is not eaten away', () => {
    let times: number[] = []
    const day = 24 * 3600
    for (let second = 0; second < day; second++) {
      times.push(second * 1000)
      if (times.length > 900) times = pick(times, keptSamples(times, 300, second * 1000 - 600_000))
    }
    expect(times.length).toBeLessThanOrEqual(900)
    const older = times.filter((time) => time < (day - 1200) * 1000)
    const gaps = older.slice(1).map((time, index) => time - (older[index] ?? 0))
    expect(Math.max(...gaps)).toBeLessThan((day * 1000 * 4) / 300)
    expect(times[0]).toBe(0)
  })
})
