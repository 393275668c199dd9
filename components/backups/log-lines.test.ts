import { describe, expect, it } from 'vitest'
import type { EventData, HubEvent } from '#contracts/events.ts'
import { exactTime, filterLines, type LogLine, lineOf, logText, readable } from './log-lines.ts'

const at = '2026-11-23T09:46:06.789Z'
const event = (seq: number, data: EventData): HubEvent => ({ seq: String(seq), at, jobId: null, data })
const id = '00000000-0000-4000-8000-000000000001'

const events = [
  event(1, { kind: 'job.state', vmId: id, backupId: 'b', state: 'copying', message: 'Copying.' }),
  event(2, { kind: 'job.step', step: 'ssh', outcome: 'ok', message: 'The tunnel of DISK 2000 is up' }),
  event(3, { kind: 'job.step', step: 'tunnel', outcome: 'failed', message: 'The tunnel ended' }),
  event(4, { kind: 'backup.created', vmId: id, backupId: 'b' }),
  event(5, { kind: 'job.state', vmId: id, backupId: 'b', state: 'failed', message: 'Disk 2000 could not be read' }),
]
const lines = events.map(lineOf).filter((line): line is LogLine => line !== null)
const seqs = (...args: [Parameters<typeof filterLines>[1], string]) => filterLines(lines, ...args).map(({ seq }) => seq)

describe('the log', () => {
  it('has a line for each state and step, and nothing spins in the past', () => {
    expect(seqs('all', '')).toEqual(['1', '2', '3', '5'])
    expect(lines[0]).toMatchObject({ tone: 'note', label: 'Copying' })
  })

  it('is filtered by kind and by words, together', () => {
    expect(seqs('steps', '')).toEqual(['2', '3'])
    expect(seqs('failures', '')).toEqual(['3', '5'])
    expect(seqs('all', ' 2000  disk ')).toEqual(['2', '5'])
    expect(seqs('all', 'ssh')).toEqual(['2'])
    expect(seqs('failures', 'tunnel')).toEqual(['3'])
    expect(seqs('all', 'nothing')).toEqual([])
  })

  it('shows sizes as a person reads them, and leaves other numbers alone', () => {
    expect(readable('2 disks hold 68157440 bytes of data; 81136922624 bytes are free.')).toBe(
      '2 disks hold 65.0 MiB of data; 75.5 GiB are free.',
    )
    expect(readable('It holds 1,142,784 bytes of data in 2,147,483,648 bytes.')).toBe(
      'It holds 1.08 MiB of data in 2.00 GiB.',
    )
    expect(readable('4096 of 1048576 bytes were verified as zeros.')).toBe(
      '4.00 KiB of 1.00 MiB were verified as zeros.',
    )
    expect(readable('The backup client runs (pid 21533); 0 bytes, port 23408.')).toBe(
      'The backup client runs (pid 21533); 0 bytes, port 23408.',
    )
  })

  it('is copied with exact times', () => {
    expect(exactTime(at)).toBe('2026-11-23 09:46:06.789 UTC')
    expect(logText(lines.slice(2, 3))).toBe(`${at}  Failed      The tunnel ended`)
  })
})
