import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Coverage } from './coverage.ts'

describe('Coverage', () => {
  it('tells doubles and gaps as a list of bytes would', () => {
    const piece = fc.tuple(fc.nat(39), fc.integer({ min: 1, max: 12 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const there = new Set<number>()
        const coverage = new Coverage()
        for (const [from, length] of pieces) {
          const bytes = Array.from({ length }, (_, n) => from + n)
          const double = bytes.some((byte) => there.has(byte))
          expect(coverage.take(from, from + length) !== null).toBe(double)
          if (double) return
          for (const byte of bytes) there.add(byte)
          const whole = there.size === Math.max(...there) + 1
          expect(coverage.isWhole(there.size)).toBe(whole)
          expect(coverage.isWhole(there.size + 1)).toBe(false)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('takes a read in any order of its pieces', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(50).keys()], { minLength: 50 }), (order) => {
        const coverage = new Coverage()
        for (const n of order) expect(coverage.take(n * 3, n * 3 + 3)).toBeNull()
        expect(coverage.isWhole(150)).toBe(true)
      }),
    )
  })

  it('does not keep more than 1024 pieces', () => {
    const coverage = new Coverage()
    let last: string | null = null
    let n = 0
    while (last === null && n < 5000) last = coverage.take(++n * 2, n * 2 + 1)
    expect([n, last]).toEqual([1025, 'it cut a read into too many pieces'])
  })
})
