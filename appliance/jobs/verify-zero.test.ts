import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Extent } from '#contracts/appliance.ts'
import { mergeExtents } from '../nbdkit/extents.ts'
import { batches, pieces } from './verify-zero.ts'

const ranges = fc.array(
  fc.tuple(fc.nat({ max: 20_000 }), fc.nat({ max: 900 })).map(([offset, length]): Extent => [offset, length]),
)

describe('reads that cover the ranges', () => {
  test('no byte is left out, none is read twice, none is too long', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 50, max: 3000 }), (list, size) => {
        const parts = pieces(list, size)
        expect(mergeExtents(parts)).toEqual(mergeExtents(list))
        for (const [index, [offset, length]] of parts.entries()) {
          expect(length).toBeGreaterThan(0)
          expect(length).toBeLessThanOrEqual(size)
          const before = parts[index - 1]
          if (before) expect(offset).toBeGreaterThanOrEqual(before[0] + before[1])
        }
      }),
    )
  })

  test('batches keep the order and their bounds', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 9 }), (list, reads) => {
        const parts = pieces(list, 1000)
        const groups = batches(parts, reads, 4000)
        expect(groups.flat()).toEqual(parts)
        for (const group of groups) {
          expect(group.length).toBeLessThanOrEqual(reads)
          expect(group.reduce((sum, [, length]) => sum + length, 0)).toBeLessThanOrEqual(4000)
        }
      }),
    )
  })
})
