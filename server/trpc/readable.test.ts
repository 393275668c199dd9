import { expect, it } from 'vitest'
import { requireText } from './readable.ts'

it('takes text at any depth, and lists of any length', () => {
  let deep: unknown = 'x'
  for (let level = 0; level < 20_000; level++) deep = [deep]
  requireText(deep)
  requireText({ list: Array(150_000).fill(0) })
  requireText(undefined)
})

it.each([
  ['a NUL', { a: [{ b: 'x\0' }] }],
  ['half of a pair', ['\ud800']],
  ['a name of a field', { 'a\0': 1 }],
])('refuses %s', (_, input) => expect(() => requireText(input)).toThrow('text that is none'))
