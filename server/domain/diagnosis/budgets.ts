import type { JobState } from '#contracts/job.ts'

/** Silence in which a copying disk still counts as moving, and from which it is called stalled; in seconds. */
export interface Thresholds {
  softSeconds: number
  hardSeconds: number
  /** Below this a copy is called slow, in bytes a second. */
  slowBytesPerSecond: number
}

export const defaultThresholds: Thresholds = { softSeconds: 5, hardSeconds: 15, slowBytesPerSecond: 5 * 1024 * 1024 }

interface Phase {
  /** What it waits for. */
  waits: string
  /** Expected silence in seconds, and more for each TiB of the disks' data. */
  seconds: number
  perTib: number
  causes: readonly string[]
  next: string
}

const phase = (waits: string, seconds: number, perTib: number, next: string, ...causes: string[]): Phase => ({
  waits,
  seconds,
  perTib,
  causes,
  next,
})

/** How long each phase that moves no bytes may take without a word. */
export const phases: Partial<Record<JobState, Phase>> = {
  queued: phase(
    'the source: the appliance freezes it and reads what is allocated',
    120,
    600,
    'On the appliance: ps -C nbdinfo,nbdkit -o pid,stat,args',
    'The source answers the question for its allocation slowly.',
    'All places for running backups are taken.',
  ),
  planned: phase('the repository', 30, 0, 'On the hub: df -h REPOSITORY', 'The repository’s storage does not answer.'),
  preparing: phase(
    'images, exports and the job’s own tunnel',
    60,
    0,
    'On the appliance: the log of the appliance says how ssh fares',
    'The tunnel does not come up: network, firewall or the hub’s SSH port.',
  ),
  flushing: phase(
    'the flush of the images to stable storage',
    120,
    1200,
    'On the hub: iostat -x 1',
    'The disk under the repository writes slowly.',
  ),
  checking: phase(
    'qemu-img check and the comparison with the source’s extents',
    120,
    1800,
    'On the hub: ps -C qemu-img -o pid,stat,args',
    'The repository’s storage reads slowly.',
    'Many zeros are read from the source again.',
  ),
  committing: phase(
    'the rename and its record',
    60,
    0,
    'On the hub: see whether PostgreSQL answers',
    'The repository’s storage or the database does not answer.',
  ),
}

const TIB = 1024 ** 4

/** Seconds of silence that the phase may take. Infinite for one that has no budget. */
export function budgetSeconds(state: JobState, dataBytes: number): number {
  const found = phases[state]
  return found ? found.seconds + (found.perTib * dataBytes) / TIB : Number.POSITIVE_INFINITY
}
