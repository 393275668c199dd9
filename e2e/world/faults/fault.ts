import { isTerminal, type JobState, jobStates } from '#contracts/job-states.ts'
import type { ProblemCode } from '#contracts/problem.ts'
import type { SlowSource } from '../slow-source.ts'
import type { Stack } from '../stack.ts'

/** One backup that is to be disturbed. */
export interface FaultRun {
  stack: Stack
  jobId: string
  vmId: string
  /** Its disks, to compare images with. */
  disks: readonly { key: number; path: string; sizeBytes: number }[]
  /** What serves the first disk to the appliance; null: the appliance reads the file itself. */
  slow: SlowSource | null
}

/** Makes everything as it was before; what the fault itself undid (a killed process that is started by its owner) it leaves. */
export type Heal = () => Promise<void>

/** The state of a running job in which a fault is put in. */
export type Phase = Exclude<JobState, 'queued' | 'completed' | 'failed' | 'cancelled'>
export const phases = jobStates.filter((state): state is Phase => state !== 'queued' && !isTerminal(state))

/** Which of our processes, or which thing outside, a fault breaks. */
export type FaultPart =
  | 'source'
  | 'client'
  | 'tunnel'
  | 'export'
  | 'image'
  | 'engine'
  | 'web'
  | 'launcher'
  | 'appliance'
  | 'database'
  | 'everything'

/** One way to disturb a running backup. */
export interface Fault {
  /** As it stands in tables: `qemu-nbd killed`. */
  name: string
  part: FaultPart
  /** Where it can be put in; elsewhere there is nothing of it to break. */
  phases: readonly Phase[]
  /** Breaks something. Answers how to mend it; null when what is to be broken is not there (any more). */
  inject(run: FaultRun): Promise<Heal | null>
  /** Resolves when the fault has lasted long enough to be mended; absent: at once. */
  until?(run: FaultRun): Promise<void>
  /** Cleaning cannot succeed while it lasts: what stays on the ledger is housekeeping's, asked as soon as it is mended. */
  leavesOrphans?: true
  /**
   * How a backup may fail by it; null: it has to complete all the same. A fault that comes too late to hurt may always
   * leave a completed backup behind, and that one must be its source.
   */
  fails: { codes: readonly ProblemCode[]; words: RegExp } | null
  /** The most that may pass between the fault and the job's first word of it, in milliseconds; absent: it needs no word. */
  noticedMs?: number
}
