import { activeJobStates } from '#contracts/job-states.ts'

/** Jobs that have not ended, as a condition on their state: the index on it serves IN, while NOT IN reads every job there was. */
export const activeState = { in: [...activeJobStates] }

/** The same without those that no engine has claimed yet. */
export const claimedState = { in: activeJobStates.filter((state) => state !== 'queued') }
