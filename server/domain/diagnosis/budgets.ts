import type { Hop } from '#contracts/diagnosis.ts'
import type { JobState } from '#contracts/job.ts'
import { type SilenceLimits, type SilentPhase, silentPhases, type Thresholds } from '#contracts/thresholds.ts'

interface Phase {
  /** What it waits for. */
  waits: string
  /** Where that is; null: no bytes pass there. */
  hop: Hop | null
  /** Expected silence beyond the limits, in seconds for each TiB of the disks' data. */
  perTib: number
  causes: readonly string[]
  next: string
}

const phase = (waits: string, hop: Hop | null, perTib: number, next: string, ...causes: string[]): Phase => ({
  waits,
  hop,
  perTib,
  causes,
  next,
})

/** What each phase waits for that moves no bytes. */
export const phases: Partial<Record<JobState, Phase>> = {
  queued: phase(
    'the source: the appliance freezes it and reads what is allocated',
    'source',
    600,
    'On the appliance: ps -C nbdkit,qemu-nbd -o pid,stat,args',
    'The source answers the question for its allocation slowly.',
    'All places for running backups are taken.',
  ),
  planned: phase('the repository', 'image', 0, 'On the hub: df -h', 'The repository’s storage does not answer.'),
  preparing: phase(
    'images, exports and the job’s own tunnel',
    'tunnel',
    0,
    'On the appliance: the log of the appliance says how ssh fares',
    'The tunnel does not come up: network, firewall or the hub’s SSH port.',
  ),
  flushing: phase(
    'the flush of the images to stable storage',
    'image',
    1200,
    'On the hub: iostat -x 1',
    'The disk under the repository writes slowly.',
  ),
  checking: phase(
    'the proof: every block is read back from the image and compared with its digest',
    'image',
    1800,
    'On the hub: iostat -x 1',
    'The repository’s storage reads slowly.',
  ),
  committing: phase(
    'the rename and its record',
    null,
    0,
    'On the hub: see whether PostgreSQL answers',
    'The repository’s storage or the database does not answer.',
  ),
}

const TIB = 1024 ** 4
const isSilent = (state: JobState): state is SilentPhase => silentPhases.some((phase) => phase === state)

/** Silence that the phase may take, in seconds: large disks take longer. Infinite for a state that has no limits. */
export function budgetOf(state: JobState, dataBytes: number, thresholds: Thresholds): SilenceLimits {
  if (!isSilent(state)) return { softSeconds: Number.POSITIVE_INFINITY, hardSeconds: Number.POSITIVE_INFINITY }
  const more = ((phases[state]?.perTib ?? 0) * dataBytes) / TIB
  const { softSeconds, hardSeconds } = thresholds[state]
  return { softSeconds: softSeconds + more, hardSeconds: hardSeconds + more }
}
