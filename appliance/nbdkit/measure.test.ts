import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Extent } from '#lib/nbd/extents.ts'
import { leafBytes } from './measure.ts'

const LEAF = 65_536

async function* each(extents: readonly Extent[]): AsyncGenerator<Extent> {
  yield* extents
}

test('counts each leaf once in which any data lies, the last one at its true length', async () => {
  const parts = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 * LEAF })), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(parts, async (given) => {
      let size = 0
      const extents = given.map(([data, length]): Extent => {
        size += length
        return { offset: size - length, length, kind: data ? 'data' : 'zero' }
      })
      let expected = 0
      for (let at = 0; at < size; at += LEAF) {
        const end = Math.min(size, at + LEAF)
        if (extents.some((e) => e.kind === 'data' && e.offset < end && e.offset + e.length > at)) expected += end - at
      }
      expect(await leafBytes(each(extents), size)).toBe(expected)
    }),
  )
})
