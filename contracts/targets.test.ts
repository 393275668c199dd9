import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTargets, parseTargets } from './targets.ts'

const TEXT = '2000:nbd://127.0.0.1:10100/pgtest1-disk-2000,2001:nbd://127.0.0.1:10101/pgtest1-disk-2001'

test('the string of the design reads and writes', () => {
  expect(parseTargets(TEXT)[1]).toEqual({ key: 2001, host: '127.0.0.1', port: 10_101, exportName: 'pgtest1-disk-2001' })
  expect(formatTargets(parseTargets(TEXT))).toBe(TEXT)
})

test('what is written reads back the same', () => {
  const target = fc.record({
    key: fc.nat({ max: 2 ** 31 - 1 }),
    host: fc.ipV4(),
    port: fc.integer({ min: 1, max: 65_535 }),
    exportName: fc
      .tuple(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/), fc.nat())
      .map(([vm, key]) => `${vm}-disk-${key}`),
  })
  fc.assert(
    fc.property(fc.uniqueArray(target, { selector: ({ key }) => key, minLength: 1, maxLength: 8 }), (targets) => {
      expect(parseTargets(formatTargets(targets))).toEqual(targets)
    }),
  )
})

test.each([
  ['', 'is not <disk key>'],
  ['2000', 'is not <disk key>'],
  ['2000:nbd://127.0.0.1:0/x-disk-1', 'port'],
  ['2000:nbd://127.0.0.1:10100/x y', 'exportName'],
  ['2000:nbd://hub:10100/x-disk-1', 'host'],
  ['1:nbd://127.0.0.1:1/x-disk-1,1:nbd://127.0.0.1:2/x-disk-1', 'stands twice'],
])('%j is refused: %s', (text, words) => {
  expect(() => parseTargets(text)).toThrow(words)
})
