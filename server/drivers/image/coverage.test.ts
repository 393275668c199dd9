import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Extent } from '#contracts/appliance.ts'
import { missingExtents, normalise, subtract, totalBytes } from './coverage.ts'

const SIZE = 200
const extents = fc.array(fc.tuple(fc.nat({ max: SIZE - 1 }), fc.nat({ max: 40 })) as fc.Arbitrary<Extent>, {
  maxLength: 12,
})
const bytesOf = (list: readonly Extent[]) =>
  new Set(list.flatMap(([start, length]) => Array.from({ length }, (_, i) => start + i)))
const sorted = (set: Set<number>) => [...set].toSorted((a, b) => a - b)

describe('interval arithmetic agrees with sets of bytes', () => {
  it('normalise keeps every byte, in order, with gaps between', () => {
    fc.assert(
      fc.property(extents, (list) => {
        const merged = normalise(list)
        expect(sorted(bytesOf(merged))).toEqual(sorted(bytesOf(list)))
        expect(totalBytes(merged)).toBe(bytesOf(list).size)
        for (const [i, [start]] of merged.entries()) {
          const before = merged[i - 1]
          if (before) expect(start).toBeGreaterThan(before[0] + before[1])
        }
      }),
    )
  })

  it('subtract', () => {
    fc.assert(
      fc.property(extents, extents, (a, b) => {
        const rest = subtract(a, b)
        expect(sorted(bytesOf(rest))).toEqual(sorted(bytesOf(a).difference(bytesOf(b))))
        expect(normalise(rest)).toEqual(rest)
      }),
    )
  })

  it('missing: source data that the image holds within its own size is not missing, all other is', () => {
    fc.assert(
      fc.property(extents, extents, fc.nat({ max: SIZE }), (source, present, imageSize) => {
        const held = new Set([...bytesOf(present)].filter((byte) => byte < imageSize))
        expect(sorted(bytesOf(missingExtents(source, present, imageSize)))).toEqual(
          sorted(bytesOf(source).difference(held)),
        )
      }),
    )
  })
})

it('does not change what it is given', () => {
  const list: Extent[] = [
    [0, 10],
    [5, 10],
  ]
  normalise(list)
  expect(list).toEqual([
    [0, 10],
    [5, 10],
  ])
})
