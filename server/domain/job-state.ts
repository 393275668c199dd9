import { type DiskState, diskStates, isTerminal, type JobState } from '#contracts/job.ts'

/** The one table of legal moves of a VM's backup job. Every running state may fail or be cancelled. */
const next: Record<JobState, readonly JobState[]> = {
  queued: ['planned'],
  planned: ['preparing'],
  preparing: ['copying'],
  copying: ['flushing'],
  flushing: ['checking'],
  checking: ['committing'],
  committing: ['completed'],
  completed: [],
  failed: [],
  cancelled: [],
}

/** True when a job may go from one state to the other. Nothing leaves a terminal state. */
export function canMove(from: JobState, to: JobState): boolean {
  if (isTerminal(from)) return false
  return to === 'failed' || to === 'cancelled' || next[from].includes(to)
}

/** The states from which `to` may be entered: what a compare-and-set asks for. */
export function sourcesOf(to: JobState): JobState[] {
  return (Object.keys(next) as JobState[]).filter((from) => canMove(from, to))
}

/** The job state that the slowest disk allows while data moves. */
const reached: Record<DiskState, JobState | null> = {
  pending: 'preparing',
  preparing: 'preparing',
  copying: 'copying',
  flushing: 'flushing',
  flushed: 'checking',
  checking: 'checking',
  proved: 'committing',
  failed: null,
  cancelled: null,
}

/**
 * What a job's state follows from its disks: never further than its slowest disk, so it cannot complete
 * before the last one does. Null when a disk failed or was cancelled (the job must end), or when there is none.
 * While any disk still copies, disks that wait for their turn do not hold the job at `preparing`.
 */
export function deriveJobState(disks: readonly DiskState[]): JobState | null {
  if (disks.length === 0 || disks.some((disk) => reached[disk] === null)) return null
  const slowest = disks.reduce((a, b) => (diskStates.indexOf(a) <= diskStates.indexOf(b) ? a : b))
  const started = disks.some((disk) => diskStates.indexOf(disk) >= diskStates.indexOf('copying'))
  return started && reached[slowest] === 'preparing' ? 'copying' : reached[slowest]
}
