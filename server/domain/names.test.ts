import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backupIdSchema, exportNameSchema, slugSchema } from '#contracts/ids.ts'
import { backupIdFor, exportNameFor, slugFor } from './names.ts'

// fast-check's own "binary" unit maps all 1.1 million code points first, which takes seconds on a busy machine.
const codePoint = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
const character = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCodePoint(code)),
  codePoint,
)

test('any name becomes a slug that paths, export names and backup ids accept', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: character, minLength: 1, maxLength: 300 }),
      fc.nat({ max: 2 ** 31 - 1 }),
      (name, key) => {
        const slug = slugFor(name, new Set())
        expect(slugSchema.safeParse(slug).success).toBe(true)
        expect(exportNameSchema.safeParse(exportNameFor(slug, key)).success).toBe(true)
        expect(backupIdSchema.safeParse(backupIdFor(slug, new Date())).success).toBe(true)
      },
    ),
  )
})

test('two machines of one name get two slugs', () => {
  expect(slugFor('pgtest1', new Set(['pgtest1', 'pgtest1-2']))).toBe('pgtest1-3')
})

test.each([
  ['My VM, the 2nd: a/b', 'My-VM-the-2nd-a-b'],
  ['../../etc', 'etc'],
  ['日本', 'vm'],
  ['x-disk-2000', 'x-disk-2000'],
])('%j → %j', (name, slug) => {
  expect(slugFor(name, new Set())).toBe(slug)
})

test('ids carry whole unix seconds, and a collision a number', () => {
  const at = new Date(1_759_901_304_999)
  expect([backupIdFor('pgtest1', at), backupIdFor('pgtest1', at, 2)]).toEqual([
    'backup-pgtest1-1759901304',
    'backup-pgtest1-1759901304-2',
  ])
})
