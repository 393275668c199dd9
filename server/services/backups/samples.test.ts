import { expect, it } from 'vitest'
import { toJobSamples } from './samples.ts'

const disk = (key: number, allocatedBytes: number) => ({
  ...{
    key,
    allocatedBytes,
    state: 'copying' as const,
    readBytes: null,
    writtenBytes: 6,
    sentBytes: 7,
    bytesPerSecond: 5,
  },
})

it('makes a column of each figure, with nothing where a disk was not there', () => {
  const samples = [
    { at: 1000, disks: [disk(2001, 1)] },
    { at: 2000, disks: [disk(2000, 3), disk(2001, 2)] },
  ]
  expect(toJobSamples(samples, '9')).toEqual({
    at: [1000, 2000],
    cursor: '9',
    disks: [
      {
        ...{ key: 2000, state: ['pending', 'copying'], allocatedBytes: [null, 3], readBytes: [null, null] },
        ...{ sentBytes: [null, 7], bytesPerSecond: [null, 5] },
      },
      {
        ...{ key: 2001, state: ['copying', 'copying'], allocatedBytes: [1, 2], readBytes: [null, null] },
        ...{ sentBytes: [7, 7], bytesPerSecond: [5, 5] },
      },
    ],
  })
  expect(toJobSamples([], '9')).toEqual({ at: [], cursor: '9', disks: [] })
})
