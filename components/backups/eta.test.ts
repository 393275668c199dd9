import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JobSamples } from '#contracts/samples.ts'
import type { JobDiskView } from '#contracts/views.ts'
import { blockRates, etaOf, etaOfDisks, formatEta } from './eta.ts'

const times = Array.from({ length: 120 }, (_, second) => second * 1000)

describe('recent rates', () => {
  it('are means over ten seconds each, of the last minute', () => {
    const rates = blockRates(
      times,
      times.map((time) => time / 10),
    )
    expect(rates).toHaveLength(6)
    for (const rate of rates) expect(rate).toBeCloseTo(100)
  })

  it('forget what is long ago', () => {
    const done = times.map((time) => (time < 50_000 ? 0 : time - 50_000))
    for (const rate of blockRates(times, done)) expect(rate).toBeCloseTo(1000)
  })

  it('are none without two samples', () => {
    expect(blockRates([], [])).toEqual([])
    expect(blockRates([5000], [1])).toEqual([])
    expect(blockRates([5000, 6000], [1, 2])).toEqual([])
  })
})

describe('the time left', () => {
  it('is narrow for a steady rate and wide for one that varies', () => {
    expect(etaOf(1000, [10, 10, 10])).toEqual({ soonest: 1000 / 10.5, latest: 1000 / 9.5 })
    const wide = etaOf(1000, [5, 10, 15])
    expect(wide).toEqual({ soonest: 1000 / 15, latest: 1000 / 5 })
  })

  it('has no later end when the rate is too uneven, and is nothing when nothing moves', () => {
    expect(etaOf(1000, [0, 0, 0, 40])).toMatchObject({ latest: null })
    expect(etaOf(1000, [0, 0, 0])).toBeNull()
    expect(etaOf(1000, [10])).toBeNull()
    expect(etaOf(0, [])).toEqual({ soonest: 0, latest: 0 })
  })

  it('always has what the mean rate says in between', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 2, maxLength: 6 }), (rates) => {
        const eta = etaOf(1e12, rates)
        const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
        expect(eta?.soonest).toBeLessThanOrEqual(1e12 / mean)
        expect(eta?.latest ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(1e12 / mean)
      }),
    )
  })

  it('counts the disks that still copy', () => {
    const disk = (key: number, state: string, readBytes: number) =>
      ({ key, state, readBytes, sentBytes: null, dataBytes: 1_200_000 }) as JobDiskView
    const column = (key: number) => ({ key, readBytes: times.map((time) => time), sentBytes: times.map(() => null) })
    const samples = { at: times, disks: [column(1), column(2)] } as JobSamples
    const both = etaOfDisks(samples, [disk(1, 'copying', 200_000), disk(2, 'proved', 1_200_000)])
    expect(both?.soonest).toBeCloseTo(1_000_000 / 1050)
    const sent = { ...column(1), readBytes: times.map(() => null), sentBytes: column(1).readBytes }
    const bySent = etaOfDisks({ at: times, disks: [sent] } as unknown as JobSamples, [
      { ...disk(1, 'copying', 0), readBytes: null, sentBytes: 200_000 },
    ])
    expect(bySent).toEqual(both)
    expect(etaOfDisks(samples, [{ ...disk(1, 'copying', 0), dataBytes: null }])).toBeNull()
    expect(etaOfDisks(undefined, [])).toBeNull()
  })
})

describe('its words', () => {
  it.each([
    [{ soonest: 8, latest: 12 }, 'about 8–12 s'],
    [{ soonest: 31, latest: 52 }, 'about 30–55 s'],
    [{ soonest: 190, latest: 290 }, 'about 3–5 min'],
    [{ soonest: 300, latest: 300 }, 'about 5 min'],
    [{ soonest: 3700, latest: 5300 }, 'about 60–90 min'],
    [{ soonest: 8000, latest: 12_000 }, 'about 2–3.5 h'],
    [{ soonest: 100_000, latest: 200_000 }, 'about 1–2.5 d'],
    [{ soonest: 190, latest: null }, 'more than 3 min'],
    [{ soonest: 0, latest: 0 }, 'done in a moment'],
  ])('%j is %s', (eta, text) => expect(formatEta(eta)).toBe(text))
})
