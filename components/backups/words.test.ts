import { describe, expect, it } from 'vitest'
import type { JobView } from '#contracts/views.ts'
import { amounts, diskEta, jobSentence } from './words.ts'

const MiB = 1024 ** 2
const disk = (readBytes: number | null, dataBytes: number | null) =>
  ({ readBytes, dataBytes, allocatedBytes: 3 * MiB, bytesPerSecond: MiB, state: 'copying' }) as JobView['disks'][number]
const job = (state: JobView['state'], disks: JobView['disks'], cancelRequested = false) =>
  ({ state, disks, cancelRequested }) as JobView

describe('amounts', () => {
  it('adds the disks', () => {
    expect(amounts(job('copying', [disk(MiB, 2 * MiB), disk(0, MiB)]))).toEqual({ read: MiB, data: 3 * MiB })
  })
  it('guesses nothing when one disk cannot be measured', () => {
    expect(amounts(job('copying', [disk(null, MiB), disk(MiB, null)]))).toEqual({ read: null, data: null })
  })
})

describe('the sentence', () => {
  it('has the figures while copying', () => {
    const text = jobSentence(job('copying', [disk(MiB, 2 * MiB), disk(0, MiB)]))
    expect(text).toBe('Copying 2 disks: 1.00 MiB of 3.00 MiB of data read.')
  })
  it('leaves out what cannot be measured', () => {
    expect(jobSentence(job('copying', [disk(null, MiB)]))).toBe('Copying 1 disk.')
  })
  it('says that it is being cancelled, but not of an ended job', () => {
    expect(jobSentence(job('copying', [], true))).toMatch(/^Cancelling/)
    expect(jobSentence(job('completed', [disk(MiB, MiB)], true))).toMatch(/^Completed and proved: 1 disk, 3.00 MiB/)
  })
})

describe('the time left of a disk', () => {
  it('follows from what is left and the rate', () => {
    expect(diskEta(disk(MiB, 5 * MiB))).toBe(4)
    expect(diskEta(disk(5 * MiB, 5 * MiB))).toBe(0)
  })
  it('is not said without a rate, a measure, or a copy', () => {
    expect(diskEta({ ...disk(0, MiB), bytesPerSecond: 0 })).toBeNull()
    expect(diskEta(disk(null, MiB))).toBeNull()
    expect(diskEta({ ...disk(0, MiB), state: 'flushing' })).toBeNull()
  })
})
