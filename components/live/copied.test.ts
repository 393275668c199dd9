import { expect, it } from 'vitest'
import { copiedPercent } from './copied.ts'

const disk = (readBytes: number | null, sentBytes: number | null, dataBytes: number | null) => ({
  ...{ readBytes, sentBytes, dataBytes },
})

it('adds the disks in whole percents, rounded down', () => {
  expect(copiedPercent([disk(50, null, 100), disk(null, 99, 100)])).toBe(74)
  expect(copiedPercent([disk(300, null, 100)]), 'never more than there is').toBe(100)
})

it('says nothing while a disk cannot be measured, or holds nothing', () => {
  expect(copiedPercent([disk(1, 1, 2), disk(null, null, 2)])).toBeNull()
  expect(copiedPercent([disk(1, 1, null)])).toBeNull()
  expect(copiedPercent([disk(0, 0, 0)])).toBeNull()
})
