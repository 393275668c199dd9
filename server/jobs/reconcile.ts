import { isTerminal } from '#contracts/job.ts'
import { ProblemError } from '#contracts/problem.ts'
import { CleanupList } from '#lib/resource/cleanup.ts'
import { isCheckRunning } from '../db/checks.ts'
import { appendEvent } from '../db/events.ts'
import { activeJobs, freeQueuedJobs, type JobRow, takeOverJob } from '../db/jobs.ts'
import { markOrphan, openResources } from '../db/resources.ts'
import { backupPaths, readManifest } from '../drivers/repository/driver.ts'
import type { EngineContext } from '../engine/context.ts'
import { commitRecord } from './backup/commit.ts'
import { cleanResource } from './clean-resource.ts'

/** The finished directory is there with its manifest: only the record is missing. */
async function rollForward(ctx: EngineContext, job: JobRow): Promise<boolean> {
  if (job.state !== 'committing') return false
  const { final } = backupPaths(job.repository.path, job.vm.slug, job.backupId)
  try {
    const manifest = await readManifest(final)
    if (manifest.jobId !== job.id) return false
    await commitRecord(ctx.prisma, job, manifest)
    await appendEvent(
      ctx.prisma,
      {
        kind: 'job.step',
        step: 'roll forward',
        outcome: 'ok',
        message: 'The engine stopped between rename and record; the record was completed from the manifest.',
      },
      job.id,
    )
    return true
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not_found') return false
    throw error
  }
}

/** Cleans all that a job still has on the ledger, and says on its record how each step went. */
async function cleanJob(ctx: EngineContext, jobId: string): Promise<void> {
  const cleanup = new CleanupList()
  for (const row of (await openResources(ctx.prisma, { jobId })).reverse())
    if (row.kind !== 'port')
      cleanup.add(`${row.kind} ${row.identity}`, async () => {
        await cleanResource(ctx, row).catch(async (error: unknown) => {
          await markOrphan(ctx.prisma, row.id)
          throw error
        })
      })
  for (const { step, ok, detail } of await cleanup.run())
    await appendEvent(
      ctx.prisma,
      {
        kind: 'job.step',
        step: 'clean-up',
        outcome: ok ? 'ok' : 'failed',
        message: ok ? `Cleaned: ${step}.` : `Not cleaned: ${step}: ${detail}`,
      },
      jobId,
    )
  // Ports follow their exports; one whose export was never made is closed here.
  for (const row of await openResources(ctx.prisma, { jobId, kind: 'port' })) await cleanResource(ctx, row)
}

/**
 * Once at the engine's start, before it takes new work: jobs that an earlier engine had renamed are recorded. What else is
 * left over, housekeeping cleans next.
 * @returns the jobs that are to be taken up, now this engine's
 */
export async function reconcile(ctx: EngineContext, owner: string): Promise<JobRow[]> {
  await freeQueuedJobs(ctx.prisma)
  const left: JobRow[] = []
  for (const { id } of await activeJobs(ctx.prisma)) {
    const job = await takeOverJob(ctx.prisma, id, owner, 60_000)
    if (!job) continue
    if (await rollForward(ctx, job)) await cleanJob(ctx, id)
    else left.push(job)
  }
  return left
}

/** An appliance is back: what could not be ended there while it was away is ended now. */
export async function cleanApplianceJobs(ctx: EngineContext, applianceId: string): Promise<void> {
  let ended = 0
  for (const row of await openResources(ctx.prisma, { kind: 'appliance-job' })) {
    const job = await ctx.prisma.job.findUnique({ where: { id: row.identity }, select: { state: true } })
    // Of a check, which is no job.
    if (!job && (await isCheckRunning(ctx.prisma, row.identity))) continue
    if ((job && !isTerminal(job.state)) || (row.data as { applianceId: string }).applianceId !== applianceId) continue
    await cleanResource(ctx, row).then(
      () => ended++,
      (err: unknown) =>
        ctx.log.warn({ err, job: row.identity }, 'the appliance could not end a job; it stays on the ledger'),
    )
  }
  if (ended > 0) await appendEvent(ctx.prisma, { kind: 'housekeeping.changed' })
}
