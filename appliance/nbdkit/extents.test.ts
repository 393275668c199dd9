import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Extent } from '#contracts/appliance.ts'
import { formatExtentList, mergeExtents, parseMap, roundedBytes, sumExtents } from './extents.ts'

/** Runs of a disk in order, each with its type bits. */
const runs = fc.array(
  fc.record({ length: fc.integer({ min: 1, max: 1_000_000 }), type: fc.integer({ min: 0, max: 3 }) }),
  {
    minLength: 1,
    maxLength: 50,
  },
)

const mapOf = (list: { length: number; type: number }[]) => {
  let offset = 0
  const rows = list.map(({ length, type }) => {
    offset += length
    return { offset: offset - length, length, type, description: 'any' }
  })
  return { json: JSON.stringify(rows), rows, sizeBytes: offset }
}

describe('the allocation map', () => {
  test('nbdinfo 1.14 as it prints it', () => {
    const json = `[
{ "offset": 0, "length": 40960, "type": 3, "description": "hole,zero"},
{ "offset": 40960, "length": 12288, "type": 0, "description": "data"},
{ "offset": 53248, "length": 4042752, "type": 3, "description": "hole,zero"},
{ "offset": 4096000, "length": 1228800, "type": 0, "description": "data"}
]`
    expect(parseMap(json, 5_324_800)).toEqual([
      [40_960, 12_288],
      [4_096_000, 1_228_800],
    ])
  })

  test('a hole that is not known to be zero is data', () => {
    expect(parseMap('[{"offset":0,"length":512,"type":1}]', 512)).toEqual([[0, 512]])
  })

  test('a map with a gap, an overlap or another end is refused', () => {
    const map = (...rows: [number, number][]) =>
      JSON.stringify(rows.map(([offset, length]) => ({ offset, length, type: 0 })))
    expect(() => parseMap(map([0, 10], [20, 10]), 30)).toThrow('jumps')
    expect(() => parseMap(map([0, 10], [5, 10]), 15)).toThrow('jumps')
    expect(() => parseMap(map([0, 10]), 20)).toThrow('ends at 10')
    expect(() => parseMap('[]', 20)).toThrow('ends at 0')
  })

  test('holds every byte that may not be zero, and no other; merged', () => {
    fc.assert(
      fc.property(runs, (list) => {
        const { json, rows, sizeBytes } = mapOf(list)
        const extents = parseMap(json, sizeBytes)
        const wanted = rows.filter(({ type }) => (type & 2) === 0)
        expect(sumExtents(extents)).toBe(wanted.reduce((sum, { length }) => sum + length, 0))
        for (const { offset, length } of wanted)
          expect(extents.some(([from, size]) => from <= offset && offset + length <= from + size)).toBe(true)
        for (const [index, [from]] of extents.entries()) {
          const before = extents[index - 1]
          if (before) expect(from).toBeGreaterThan(before[0] + before[1])
        }
      }),
    )
  })
})

const extents = fc.array(
  fc.tuple(fc.nat({ max: 5_000 }), fc.nat({ max: 300 })).map(([offset, length]): Extent => [offset, length]),
  { maxLength: 30 },
)
const bytesOf = (list: readonly Extent[]) =>
  new Set(list.flatMap(([offset, length]) => Array.from({ length }, (_, index) => offset + index)))

describe('extents', () => {
  test('merging keeps exactly the same bytes', () => {
    fc.assert(
      fc.property(extents, (list) => {
        const merged = mergeExtents(list)
        expect(bytesOf(merged)).toEqual(bytesOf(list))
        expect(sumExtents(merged)).toBe(bytesOf(list).size)
        expect(mergeExtents(merged)).toEqual(merged)
      }),
    )
  })

  test('widening counts each block that is touched once, and ends at the disk', () => {
    fc.assert(
      fc.property(extents, (list) => {
        const sizeBytes = 5_300
        const blocks = new Set([...bytesOf(list)].map((byte) => Math.floor(byte / 64)))
        const bytes = [...blocks].reduce((sum, block) => sum + Math.min(64, sizeBytes - block * 64), 0)
        expect(roundedBytes(list, 64, sizeBytes)).toBe(bytes)
      }),
    )
  })

  test('the extent list has a line each, data only', () => {
    expect(
      formatExtentList([
        [65_536, 10],
        [0, 5],
        [5, 5],
      ]),
    ).toBe('0 10 0\n65536 10 0\n')
    expect(formatExtentList([])).toBe('')
  })
})
