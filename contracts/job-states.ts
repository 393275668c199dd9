/** States of a VM's backup job, in the order of a run that goes well, then the terminal ones. */
export const jobStates = [
  'queued',
  'planned',
  'preparing',
  'copying',
  'flushing',
  'checking',
  'committing',
  'completed',
  'failed',
  'cancelled',
] as const
export type JobState = (typeof jobStates)[number]

/** States of one disk of a job. `flushed`: copier exited 0 after its flush; `proved`: every check of the image passed. */
export const diskStates = [
  'pending',
  'preparing',
  'copying',
  'flushing',
  'flushed',
  'checking',
  'proved',
  'failed',
  'cancelled',
] as const
export type DiskState = (typeof diskStates)[number]

export const terminalJobStates = ['completed', 'failed', 'cancelled'] as const satisfies readonly JobState[]

/** True when nothing may change the job any more. */
export function isTerminal(state: JobState): boolean {
  return (terminalJobStates as readonly JobState[]).includes(state)
}

/** The states in which a job runs, or waits for its start. */
export const activeJobStates: readonly JobState[] = jobStates.filter((state) => !isTerminal(state))
