import { describe, expect, it } from 'vitest'
import type { JobView } from '#contracts/views.ts'
import { amounts, jobSentence } from './words.ts'

const MiB = 1024 ** 2
const disk = (readBytes: number | null, dataBytes: number | null) =>
  ({
    readBytes,
    sentBytes: null,
    dataBytes,
    allocatedBytes: 3 * MiB,
    bytesPerSecond: MiB,
    state: 'copying',
  }) as JobView['disks'][number]
const job = (state: JobView['state'], disks: JobView['disks'], cancelRequested = false) =>
  ({ state, disks, cancelRequested }) as JobView

describe('amounts', () => {
  it('adds the disks', () => {
    expect(amounts(job('copying', [disk(MiB, 2 * MiB), disk(0, MiB)]))).toEqual({ read: MiB, data: 3 * MiB })
  })
  it('takes what was sent where reading cannot be measured', () => {
    const sent = { ...disk(null, 2 * MiB), sentBytes: MiB }
    expect(amounts(job('copying', [sent, disk(MiB, MiB)]))).toEqual({ read: 2 * MiB, data: 3 * MiB })
  })
  it('guesses nothing when one disk cannot be measured', () => {
    expect(amounts(job('copying', [disk(null, MiB), disk(MiB, null)]))).toEqual({ read: null, data: null })
  })
})

describe('the sentence', () => {
  it('has the figures while copying', () => {
    const text = jobSentence(job('copying', [disk(MiB, 2 * MiB), disk(0, MiB)]))
    expect(text).toBe('Copying 2 disks: 1.00 MiB of 3.00 MiB of data.')
  })
  it('leaves out what cannot be measured', () => {
    expect(jobSentence(job('copying', [disk(null, MiB)]))).toBe('Copying 1 disk.')
  })
  it('says that it is being cancelled, but not of an ended job', () => {
    expect(jobSentence(job('copying', [], true))).toMatch(/^Cancelling/)
    expect(jobSentence(job('completed', [disk(MiB, MiB)], true))).toMatch(/^Completed and proved: 1 disk, 3.00 MiB/)
  })
})
