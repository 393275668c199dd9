import type { JobState } from '#contracts/job.ts'
import { isTerminal } from '#contracts/job.ts'
import { sleep, waitFor } from '#lib/async/wait.ts'
import type { SlowSource } from '../slow-source.ts'
import type { Stack } from '../stack.ts'
import type { Fault, FaultRun, Phase } from './fault.ts'
import { holdAt, pointOf } from './hold.ts'
import { wrongEnd, wrongNext } from './sound.ts'

/** What cases work on: one machine, whose first disk is served at a speed that the case sets. */
export interface Bench {
  stack: Stack
  vmId: string
  disks: FaultRun['disks']
  slow: SlowSource
  /** Bits per second of the first disk while a case holds its copy. */
  rate: string
}

export interface CaseRecord {
  fault: string
  phase: Phase
  /** How the job ended; null: the fault found nothing to break. */
  outcome: JobState | null
  /** Why it failed. */
  code: string | null
  /** From the fault to the first word of it on the job's record; null: none, or none was needed. */
  noticedSeconds: number | null
  /** What must not be; empty: the case passed. */
  wrongs: string[]
}

export interface CaseOptions {
  /** After the phase is reached, in milliseconds: a random moment of it. Default 0. */
  delayMs?: number
}

const GRACE_MS = 60_000

/** Figures of the moment when the job says something of what was done to it. */
const tells = (kind: string, data: Record<string, unknown>) =>
  (kind === 'job.step' &&
    (data.outcome === 'failed' || /ended|Out of reach|started again/.test(String(data.message)))) ||
  (kind === 'job.state' && data.state === 'failed')

async function firstWord({ services }: Stack, jobId: string, known: number, began: number): Promise<number | null> {
  const look = async () => {
    const events = await services.backups.events(jobId).catch(() => [])
    return events.slice(known).find(({ data }) => tells(data.kind, data))
  }
  const word = await waitFor(look, { deadlineMs: GRACE_MS, everyMs: 150 })
  return word ? Math.max(0, Date.parse(word.at) - began) : null
}

/** Starts a backup and brings it to the phase. Answers how it is let go again. */
async function bring({ stack, vmId, slow, rate, disks }: Bench, phase: Phase) {
  const hold = phase === 'copying' ? null : await holdAt(stack, pointOf[phase])
  await slow.setRate(phase === 'copying' ? rate : null)
  const { id } = await stack.backUp(vmId)
  if (hold) await hold.reached()
  else {
    const moving = async () => {
      const { state, sending } = await stack.peek(id)
      // The slow disk: before it moves, its processes are still asking what it holds.
      return isTerminal(state) || sending.includes(disks[0]?.key ?? 0)
    }
    if (!(await waitFor(moving, { deadlineMs: 30_000, everyMs: 50 }))) throw new Error(await stack.logs())
  }
  return { id, release: async () => hold?.release() }
}

/**
 * One backup, one fault in one phase, and afterwards: the end is the true one, a completed image is its source, nothing is
 * left, and the next backup of the machine completes at once.
 */
export async function runCase(
  bench: Bench,
  fault: Fault,
  phase: Phase,
  options: CaseOptions = {},
): Promise<CaseRecord> {
  const { stack, vmId, disks, slow } = bench
  const { id, release } = await bring(bench, phase)
  const run: FaultRun = { stack, jobId: id, vmId, disks, slow }
  if (options.delayMs) await sleep(options.delayMs)
  const known = (await stack.services.backups.events(id)).length
  const began = Date.now()
  const heal = await fault.inject(run)
  const noticing = heal && fault.noticedMs !== undefined ? firstWord(stack, id, known, began) : null
  // Held no longer: the job runs into what was broken. A copy stays slow until that is mended.
  await release()
  if (heal && fault.until) await fault.until(run)
  // A job that needs no word goes on at once; one that is to be seen stuck is mended first.
  const early = noticing === null ? null : await Promise.race([noticing, sleep(fault.noticedMs ?? 0).then(() => null)])
  await heal?.()
  await slow.setRate(null)
  const noticed = early ?? (noticing && (await noticing))
  const job = await stack.finished(id, GRACE_MS)
  if (fault.leavesOrphans) await stack.services.housekeeping.clean({}, { userId: null })
  const wrongs = await wrongEnd(stack, job, fault, disks)
  const late = job.state === 'failed' && noticing !== null && (noticed === null || noticed > (fault.noticedMs ?? 0))
  if (late) wrongs.push(`noticed after ${noticed} ms, not within ${fault.noticedMs}`)
  wrongs.push(...(await stack.leaks()).map((words) => `left: ${words}`))
  await stack.online()
  // After a completed one the next case on the machine says the same.
  if (job.state !== 'completed') wrongs.push(...(await wrongNext(stack, bench)))
  wrongs.push(...(await stack.leaks()).map((words) => `left by the next: ${words}`))
  return {
    fault: fault.name,
    phase,
    outcome: heal === null ? null : job.state,
    code: job.problem?.code ?? null,
    noticedSeconds: noticed === null ? null : noticed / 1000,
    wrongs,
  }
}
