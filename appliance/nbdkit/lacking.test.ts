import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Extent } from '#contracts/appliance.ts'
import { mergeExtents } from './extents.ts'
import { lackingBlocks, subtract } from './lacking.ts'

const BLOCK = 8
const lists = (sizeBytes: number) =>
  fc
    .array(fc.tuple(fc.nat(sizeBytes - 1), fc.integer({ min: 0, max: 40 })), { maxLength: 20 })
    .map((list) => mergeExtents(list.map(([from, length]): Extent => [from, Math.min(length, sizeBytes - from)])))

/** A disk with both lists, of any size, whole blocks or not. */
const disks = fc
  .integer({ min: 1, max: 300 })
  .chain((sizeBytes) =>
    fc.record({ sizeBytes: fc.constant(sizeBytes), source: lists(sizeBytes), present: lists(sizeBytes) }),
  )

const bytesOf = (extents: readonly Extent[]) =>
  new Set(extents.flatMap(([offset, length]) => Array.from({ length }, (_, index) => offset + index)))

describe('what a cut copy lacks', () => {
  test('is every block with source data that the target does not hold whole, and nothing else', () => {
    fc.assert(
      fc.property(disks, ({ sizeBytes, source, present }) => {
        const got = bytesOf(lackingBlocks(source, present, sizeBytes, BLOCK))
        const [data, held] = [bytesOf(source), bytesOf(present)]
        for (let from = 0; from < sizeBytes; from += BLOCK) {
          const block = Array.from({ length: Math.min(BLOCK, sizeBytes - from) }, (_, index) => from + index)
          const wanted = block.some((byte) => data.has(byte)) && !block.every((byte) => held.has(byte))
          expect(block.every((byte) => got.has(byte))).toBe(wanted)
          expect(block.some((byte) => got.has(byte))).toBe(wanted)
        }
        expect(Math.max(-1, ...got)).toBeLessThan(sizeBytes)
      }),
    )
  })

  test('is everything when the target holds nothing, and nothing when it holds all', () => {
    expect(lackingBlocks([[10, 5]], [], 100, BLOCK)).toEqual([[8, 8]])
    expect(lackingBlocks([[10, 5]], [[0, 100]], 100, BLOCK)).toEqual([])
    // The last block ends with the disk, also where the image has a sector more.
    expect(lackingBlocks([[96, 4]], [[96, 8]], 100, BLOCK)).toEqual([])
  })
})

test('a difference of lists is a difference of sets, sorted and merged', () => {
  fc.assert(
    fc.property(disks, ({ source, present }) => {
      const left = subtract(source, present)
      expect(bytesOf(left)).toEqual(bytesOf(source).difference(bytesOf(present)))
      expect(left).toEqual(mergeExtents(left))
    }),
  )
})
