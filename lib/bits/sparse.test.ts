import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SparseBits } from './sparse.ts'

it('is a set of numbers, across its chunks', () => {
  const start = fc.oneof(
    fc.nat(20),
    fc.integer({ min: 524_280, max: 524_300 }),
    fc.integer({ min: 1_048_570, max: 1_048_580 }),
  )
  const runs = fc.array(fc.tuple(start, fc.integer({ min: 1, max: 20 })), { maxLength: 12 })
  fc.assert(
    fc.property(runs, (list) => {
      const bits = new SparseBits()
      const set = new Set<number>()
      for (const [first, count] of list) {
        const before = set.size
        for (let i = first; i < first + count; i++) set.add(i)
        expect(bits.add(first, count)).toBe(set.size - before)
      }
      const end = 1_048_577
      const gaps = [...bits.gaps(end)]
      const inside = [...set].filter((i) => i < end)
      expect(gaps.reduce((sum, { count }) => sum + count, inside.length)).toBe(end)
      for (const i of inside) expect(gaps.some(({ first, count }) => i >= first && i < first + count)).toBe(false)
      for (const i of set) expect(bits.has(i)).toBe(true)
    }),
    { numRuns: 20 },
  )
})

it('knows numbers far above 2^32', () => {
  const bits = new SparseBits()
  const far = 2 ** 34 - 3
  expect([bits.add(far, 2), bits.add(far + 1, 2), bits.has(far + 2), bits.has(far - 1)]).toEqual([2, 1, true, false])
})
