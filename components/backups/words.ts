import type { Tone } from '#components/ui/status.tsx'
import type { DiskState, JobState } from '#contracts/job.ts'
import type { JobView } from '#contracts/views.ts'
import { formatBytes } from '#lib/format/bytes.ts'

interface Word {
  label: string
  tone: Tone
}

/** A job's state as a person reads it. */
export const jobWords: Record<JobState, Word> = {
  queued: { label: 'Waiting', tone: 'unknown' },
  planned: { label: 'Planned', tone: 'busy' },
  preparing: { label: 'Preparing', tone: 'busy' },
  copying: { label: 'Copying', tone: 'busy' },
  flushing: { label: 'Flushing', tone: 'busy' },
  checking: { label: 'Stored, not proved', tone: 'busy' },
  committing: { label: 'Committing', tone: 'busy' },
  completed: { label: 'Completed', tone: 'ok' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'warn' },
}

export const diskWords: Record<DiskState, Word> = {
  pending: { label: 'Waiting', tone: 'unknown' },
  preparing: { label: 'Preparing', tone: 'busy' },
  copying: { label: 'Copying', tone: 'busy' },
  flushing: { label: 'Flushing', tone: 'busy' },
  flushed: { label: 'Copied', tone: 'ok' },
  checking: { label: 'Proving', tone: 'busy' },
  proved: { label: 'Proved', tone: 'ok' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'warn' },
}

const sum = (values: readonly (number | null)[]): number | null => {
  let total = 0
  for (const value of values) {
    if (value === null) return null
    total += value
  }
  return total
}

/** How far a disk's copy is: what was read, or what was sent where reading cannot be measured (a source behind a unix socket). */
export const copiedBytes = (disk: Pick<JobView['disks'][number], 'readBytes' | 'sentBytes'>): number | null =>
  disk.readBytes ?? disk.sentBytes

/** Bytes copied and bytes there are to copy, over all disks; null: not known. */
export function amounts(job: Pick<JobView, 'disks'>): { read: number | null; data: number | null } {
  return { read: sum(job.disks.map(copiedBytes)), data: sum(job.disks.map((disk) => disk.dataBytes)) }
}

const disksOf = (count: number) => (count === 1 ? '1 disk' : `${count} disks`)

/** One sentence: what the job does now, or how it ended. */
export function jobSentence(job: JobView): string {
  if (job.cancelRequested && !['completed', 'failed', 'cancelled'].includes(job.state))
    return 'Cancelling: what this backup made is being removed.'
  const { read, data } = amounts(job)
  switch (job.state) {
    case 'queued':
      return job.startedAt === null
        ? 'Waiting for the engine to take it up.'
        : 'Checking the appliance, its tools, and the space in the repository.'
    case 'planned':
      return 'Planned: the source is frozen, and there is room for what it holds.'
    case 'preparing':
      return 'Opening the source, making the images and their exports, and testing the way between them.'
    case 'copying':
      return read === null || data === null
        ? `Copying ${disksOf(job.disks.length)}.`
        : `Copying ${disksOf(job.disks.length)}: ${formatBytes(read)} of ${formatBytes(data)} of data.`
    case 'flushing':
      return 'All data is read; the images are being flushed to stable storage.'
    case 'checking':
      return 'Stored, not proved: every block is read back from the images and compared with its digest.'
    case 'committing':
      return 'Writing the manifest and keeping the restore point.'
    case 'completed':
      return `Completed and proved: ${disksOf(job.disks.length)}, ${formatBytes(sum(job.disks.map((disk) => disk.allocatedBytes)) ?? 0)} stored.`
    case 'failed':
      return 'Failed. No restore point was made; earlier ones are untouched.'
    case 'cancelled':
      return 'Cancelled. No restore point was made; earlier ones are untouched.'
  }
}
