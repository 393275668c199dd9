import { expect, test } from 'vitest'
import { diskNote, doneBytes, etaSeconds, movedBytes } from './progress.ts'

const disk = {
  key: 2000,
  state: 'copying' as const,
  sizeBytes: 5_368_709_120,
  dataBytes: 1_000_000,
  readBytes: 300_000,
  writtenBytes: 250_000,
  sentBytes: 200_000,
  checkedBytes: null,
  allocatedBytes: 2_000_000,
  bytesPerSecond: 50_000,
}

test('an empty disk says that there is nothing to copy, with the numbers', () => {
  expect(diskNote({ ...disk, dataBytes: 0, readBytes: 0 })).toMatch(/Nothing to copy.*0 bytes of data in 5,368,709,120/)
})

test('an almost empty disk that is done says why its image is small', () => {
  expect(diskNote({ ...disk, state: 'flushed' })).toMatch(/almost empty.*1,000,000 bytes/)
})

test('figures that need no words get none', () => {
  expect(diskNote(disk)).toBeNull()
  expect(diskNote({ ...disk, dataBytes: null })).toBeNull()
})

test('the estimate follows what is left, and admits what it does not know', () => {
  expect(etaSeconds([disk], 50_000)).toBe(15)
  expect(etaSeconds([disk], 0)).toBeNull()
  expect(etaSeconds([{ ...disk, dataBytes: null }], 50_000)).toBeNull()
  expect(etaSeconds([{ ...disk, state: 'flushed' }], 0)).toBe(0)
})

test('done never exceeds what there is', () => {
  expect(doneBytes({ ...disk, writtenBytes: 9_000_000 })).toBe(1_000_000)
  expect(doneBytes({ ...disk, writtenBytes: null })).toBe(0)
})

test('B13: a disk that is copied never says that nothing was moved: not measured is no zero', () => {
  const copied = { ...disk, state: 'proved' as const }
  expect(movedBytes(0, copied)).toBeNull()
  expect(movedBytes(0, { ...copied, dataBytes: null })).toBeNull()
  expect(movedBytes(0, { ...copied, dataBytes: 0 })).toBe(0)
  expect(movedBytes(7, copied)).toBe(7)
  expect(movedBytes(0, disk)).toBe(0)
  expect(movedBytes(0, { ...disk, state: 'failed' })).toBe(0)
  expect(movedBytes(null, copied)).toBeNull()
})
