import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clockOffset } from './clock.ts'

const noon = Date.parse('2026-11-24T12:00:00Z')
const reading = (offset: number, there: number, back: number) => ({
  ...{ sentAt: noon, roundTripMs: there + back },
  theirs: new Date(noon + there + offset).toISOString(),
})

it('finds the offset within half a round trip, whatever way was slow', () => {
  const ms = fc.integer({ min: 0, max: 5000 })
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), ms, ms, (offset, there, back) => {
      const found = clockOffset([reading(offset, there, back)]) ?? Number.NaN
      expect(Math.abs(found - offset)).toBeLessThanOrEqual((there + back) / 2 + 0.5)
    }),
  )
})

it('believes the quickest answer, and nothing that is no time', () => {
  expect(clockOffset([reading(1000, 400, 0), reading(1000, 1, 1)])).toBe(1000)
  expect(clockOffset([{ sentAt: noon, roundTripMs: 1, theirs: 'soon' }])).toBeNull()
})
