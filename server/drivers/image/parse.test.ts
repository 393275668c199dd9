import { describe, expect, it } from 'vitest'
import { createArgs } from './args.ts'
import { parseCheck, parseInfo, parseMap, presentExtents } from './parse.ts'
import { virtualSizeFor } from './size.ts'

describe('parseCheck', () => {
  it('is clean only with exit 0 and no count', () => {
    const text = '{"check-errors": 0, "total-clusters": 16, "filename": "x", "format": "qcow2"}'
    expect(parseCheck(text, 0)).toEqual({ clean: true, leaks: 0, corruptions: 0, errors: 0 })
    expect(parseCheck(text, 3)?.clean).toBe(false)
    expect(parseCheck('{"check-errors": 0, "leaks": 2}', 3)).toEqual({
      clean: false,
      leaks: 2,
      corruptions: 0,
      errors: 0,
    })
    expect(parseCheck('{"check-errors": 1, "corruptions": 4}', 2)).toMatchObject({ corruptions: 4, errors: 1 })
  })
  it('gives no verdict when the check itself failed', () => {
    expect(parseCheck('{"check-errors": 0}', 1)).toBeNull()
    expect(parseCheck('{"check-errors": 0}', 63)).toBeNull()
    expect(parseCheck('{"check-errors": 0}', null)).toBeNull()
    expect(parseCheck('', 0)).toBeNull()
    expect(parseCheck('{}', 0)).toBeNull()
  })
})

describe('parseMap', () => {
  it('keeps explicit zeros, leaves holes and what a backing file holds', () => {
    const entry = { depth: 0, present: true, zero: false, data: true }
    const entries = parseMap(
      JSON.stringify([
        { start: 0, length: 10, ...entry, offset: 100 },
        { start: 10, length: 10, ...entry, zero: true, data: false },
        { start: 20, length: 10, ...entry, present: false, zero: true, data: false },
        { start: 30, length: 10, ...entry, depth: 1 },
        { start: 40, length: 10, ...entry },
      ]),
    )
    expect(presentExtents(entries)).toEqual([
      [0, 20],
      [40, 10],
    ])
  })
  it('refuses an older qemu, which says nothing about presence', () => {
    expect(() => parseMap('[{"start":0,"length":1,"depth":0,"zero":false,"data":true}]')).toThrow()
  })
})

it('parseInfo takes the backing file with its format', () => {
  const info = { 'virtual-size': 1024, 'actual-size': 0, format: 'qcow2', 'cluster-size': 65536 }
  expect(parseInfo(JSON.stringify(info))).toMatchObject({ backing: null, corrupt: false, virtualSizeBytes: 1024 })
  const overlay = {
    ...info,
    'backing-filename': '../a/disk.qcow2',
    'backing-filename-format': 'qcow2',
    'format-specific': { type: 'qcow2', data: { corrupt: true } },
  }
  expect(parseInfo(JSON.stringify(overlay))).toMatchObject({
    backing: { file: '../a/disk.qcow2', format: 'qcow2' },
    corrupt: true,
  })
})

it('only absolute paths reach qemu, which reads "nbd:…" and "-x" in others', () => {
  expect(() => createArgs('nbd:x', 1)).toThrow('not absolute')
  expect(createArgs('/a:b,c d/x', 5)).toEqual(['create', '-q', '-f', 'qcow2', '/a:b,c d/x', '5'])
})

it('virtualSizeFor rounds to the sector above', () => {
  expect([0, 1, 511, 512, 513, 1_000_001].map(virtualSizeFor)).toEqual([0, 512, 512, 512, 1024, 1_000_448])
  expect(() => virtualSizeFor(1.5)).toThrow()
  expect(() => virtualSizeFor(-1)).toThrow()
})
