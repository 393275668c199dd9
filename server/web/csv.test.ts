import { describe, expect, it } from 'vitest'
import { csvCell } from './csv.ts'

describe('a cell of the exported trail', () => {
  it.each([
    ['plain', 'plain'],
    [null, ''],
    ['a "b", c', '"a ""b"", c"'],
    ['two\nlines', '"two\nlines"'],
    ['=HYPERLINK("http://evil")', '"\'=HYPERLINK(""http://evil"")"'],
    ['@x', "'@x"],
    [{ name: 'a' }, '"{""name"":""a""}"'],
  ])('%j', (value, cell) => expect(csvCell(value)).toBe(cell))
})
