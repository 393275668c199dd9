import { type Problem, toProblem } from '#contracts/problem.ts'
import { FULL_RATE_MS, SAMPLES_KEPT } from '#contracts/samples.ts'
import { CleanupList } from '#lib/resource/cleanup.ts'
import { appendEvent, thinProgress } from '../../db/events.ts'
import { heartbeat, type JobRow, LEASE_MS, moveJob } from '../../db/jobs.ts'
import { queueBackup } from '../../db/new-job.ts'
import { thinSamples } from '../../db/samples.ts'
import { verdictOfEnd } from '../../domain/diagnosis/ended.ts'
import type { EngineContext } from '../../engine/context.ts'
import { CancelledError, FencedError, HandoverError } from './interrupts.ts'
import { fromStart } from './pipeline.ts'
import { ContentDiffers } from './prove.ts'
import { resume } from './resume.ts'
import { BackupRun } from './run.ts'
import { JobWatch } from './watch.ts'

/** Undoes everything and puts each step's outcome on the record. */
async function cleanUp(ctx: EngineContext, job: JobRow, cleanup: CleanupList, quiet: boolean): Promise<void> {
  for (const { step, ok, detail } of await cleanup.run()) {
    if (quiet && ok) continue
    const words = detail?.replace(/\.$/, '')
    const message = ok
      ? `Cleaned: ${step}${words ? ` (${words})` : ''}.`
      : `Not cleaned: ${step}: ${words}. It stays on the ledger.`
    await appendEvent(
      ctx.prisma,
      { kind: 'job.step', step: 'clean-up', outcome: ok ? 'ok' : 'failed', message: message.slice(0, 2000) },
      job.id,
    )
    if (!ok) await appendEvent(ctx.prisma, { kind: 'housekeeping.changed' })
  }
}

async function end(
  ctx: EngineContext,
  job: JobRow,
  to: 'failed' | 'cancelled',
  message: string,
  { problem, again = false }: { problem?: Problem; again?: boolean } = {},
): Promise<void> {
  const { id, fence } = job
  const ended = await ctx.prisma.$transaction(async (tx) => {
    if (!(await moveJob(tx, { id, fence, to, message, problem }))) return false
    await tx.jobDisk.updateMany({
      where: { jobId: id, state: { notIn: ['failed'] } },
      data: { state: to, bytesPerSecond: 0 },
    })
    // Once: what fails its proof twice in a row is for a person.
    if (again && job.rerunOfId === null) {
      const { vmId, applianceId, repositoryId, requestedById, type, vm } = job
      const fields = { vmId, applianceId, repositoryId, requestedById, type, rerunOfId: id }
      const asked = `Started by the hub: the proof of ${job.backupId} failed.`
      await queueBackup(tx, { ...fields, slug: vm.slug, message: asked })
    }
    return true
  })
  if (!ended) ctx.log.warn({ job: id, to }, 'the job had ended or changed hands before this result')
}

/** What it died of, and where: on the record before the clean-up, which may take its time. */
async function tellEnd({ prisma }: EngineContext, job: JobRow, problem: Problem): Promise<void> {
  const message = problem.happened
  await appendEvent(prisma, { kind: 'job.step', step: 'failed', outcome: 'failed', message }, job.id)
  await appendEvent(prisma, { kind: 'job.verdict', verdict: verdictOfEnd(problem) }, job.id)
}

/**
 * Runs one claimed backup to its end, or takes up one that an earlier engine began. Whatever happens is on the job's
 * record. A hand-over leaves everything as it is.
 */
export async function handleBackup(
  ctx: EngineContext,
  job: JobRow,
  signal: AbortSignal,
  resumed = false,
): Promise<void> {
  const cleanup = new CleanupList()
  const over = new AbortController()
  let watching: Promise<void> = Promise.resolve()
  let completed = false
  const run = new BackupRun(ctx, job, cleanup, signal, resumed)
  try {
    const watch = new JobWatch(run)
    watching = watch.live(over.signal)
    await (resumed ? resume(run, watch) : fromStart(run, watch))
    completed = true
    over.abort()
    await cleanUp(ctx, job, cleanup, true)
  } catch (thrown) {
    // What it would still tell could overwrite what is told from here on.
    over.abort()
    await watching
    const error = signal.aborted ? signal.reason : thrown
    if (error instanceof HandoverError) return
    // Everything it made belongs to whoever took the job over; what else went wrong may be the effect of that.
    if (error instanceof FencedError || (await heartbeat(ctx.prisma, job.id, job.fence, LEASE_MS)) === null) {
      ctx.log.warn({ err: error, job: job.id }, 'another engine has this backup now')
      return
    }
    const cancelled = error instanceof CancelledError
    const problem = toProblem(error)
    if (!cancelled) {
      if (problem.code === 'internal') ctx.log.error({ err: error, job: job.id }, 'backup failed unexpectedly')
      // Whoever took the job over speaks for it.
      if (!(error instanceof FencedError)) await tellEnd(ctx, job, problem).catch(() => undefined)
    }
    const differs = error instanceof ContentDiffers
    if (differs) run.keep = problem.happened
    await cleanUp(ctx, job, cleanup, false)
    if (cancelled) await end(ctx, job, 'cancelled', 'Cancelled; everything it made is removed.')
    else
      await end(ctx, job, 'failed', problem.happened, {
        problem: { safe: 'Earlier backups are untouched; the unfinished images are removed.', ...problem },
        again: differs,
      })
  } finally {
    over.abort()
    await watching
    if (!(signal.reason instanceof HandoverError)) {
      await thinProgress(ctx.prisma, job.id).catch(() => undefined)
      // What ended badly keeps its last minutes whole: that is where the cause shows.
      const fullFrom = completed ? Number.POSITIVE_INFINITY : Date.now() - FULL_RATE_MS
      await thinSamples(ctx.prisma, job.id, SAMPLES_KEPT, fullFrom).catch(() => undefined)
    }
  }
}
