import type { Orphan } from '#contracts/housekeeping.ts'
import { isTerminal } from '#contracts/job.ts'
import type { Facts, Finding, RowFact, Target } from './facts.ts'

/** A job that runs, will run, or that the engine has not let go of: nothing of it is ever left over. */
export function isBusy(facts: Facts, jobId: string | null): boolean {
  if (jobId === null) return false
  const job = facts.jobs.get(jobId)
  return facts.busyJobs.has(jobId) || (job !== undefined && !isTerminal(job.state))
}

/** True when it may be in the making. */
export function isYoung(facts: Facts, since: Date): boolean {
  return facts.now.getTime() - since.getTime() < facts.settleMs
}

/** How the job ended, in words that stand within a sentence. */
export function jobEnd(facts: Facts, jobId: string | null): string {
  const job = jobId === null ? undefined : facts.jobs.get(jobId)
  if (!job) return 'the backup or check that made it is not on record as running'
  return `its backup has ended (${job.state})`
}

type Words = Pick<Orphan, 'kind' | 'identity' | 'jobId' | 'why' | 'cleaning'> & {
  since: Date | null
  sizeBytes?: number | null
  waitsFor?: string | null
  keptUntil?: string | null
}

/** Puts a finding together; `row` is its own row, or the one that keeps how cleaning it failed. */
export function finding(facts: Facts, id: string, words: Words, target: Target, row?: RowFact): Finding {
  const kept = row ?? facts.rows.find(({ kind, identity }) => kind === 'left-over' && identity === id)
  const { since, sizeBytes = null, waitsFor = null, keptUntil = null, ...more } = words
  return {
    target,
    orphan: {
      id,
      ...more,
      sizeBytes,
      waitsFor,
      keptUntil,
      backupId: facts.jobs.get(words.jobId ?? '')?.backupId ?? null,
      since: since?.toISOString() ?? null,
      reason: kept?.reason ?? null,
      tries: kept?.tries ?? 0,
      triedAt: kept?.triedAt?.toISOString() ?? null,
      nextTryAt: kept?.nextTryAt?.toISOString() ?? null,
    },
  }
}
