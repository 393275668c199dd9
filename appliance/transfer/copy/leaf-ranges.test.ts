import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Extent } from '#lib/nbd/extents.ts'
import { lackingParts, leafRanges } from './leaf-ranges.ts'

const LEAF = 65_536

async function* each(extents: readonly Extent[]): AsyncGenerator<Extent> {
  yield* extents
}

test('every leaf once and in order; data wherever any byte of data lies', async () => {
  const lengths = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 5 * LEAF })), {
    minLength: 1,
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(lengths, async (parts) => {
      let offset = 0
      const extents = parts.map(([data, length]): Extent => {
        offset += length
        return { offset: offset - length, length, kind: data ? 'data' : 'zero' }
      })
      const leaves = Math.ceil(offset / LEAF)
      const expected = Array.from({ length: leaves }, (_, leaf) =>
        extents.some((e) => e.kind === 'data' && e.offset < (leaf + 1) * LEAF && e.offset + e.length > leaf * LEAF),
      )
      const found: boolean[] = []
      for await (const { kind, first, count } of leafRanges(each(extents), leaves)) {
        expect(first).toBe(found.length)
        for (let n = 0; n < count; n++) found.push(kind === 'data')
      }
      expect(found).toEqual(expected)
    }),
  )
})

test('parts leave out what is stored, and are never longer than asked', () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 1, max: 9 }),
      fc.func(fc.boolean()),
      (first, count, most, stored) => {
        const parts = [...lackingParts({ first, count }, stored, most)]
        const leaves = parts.flatMap((part) => Array.from({ length: part.count }, (_, n) => part.first + n))
        const expected = Array.from({ length: count }, (_, n) => first + n).filter((leaf) => !stored(leaf))
        expect(leaves).toEqual(expected)
        expect(parts.every((part) => part.count <= most)).toBe(true)
        const all = [...lackingParts({ first, count }, null, most)].reduce((sum, part) => sum + part.count, 0)
        expect(all).toBe(count)
      },
    ),
  )
})
