import { ProblemError } from '#contracts/problem.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { CleanupList } from '#lib/resource/cleanup.ts'
import { appendEvent } from '../db/events.ts'
import { activeJobs, type JobRow, moveJob, takeOverJob } from '../db/jobs.ts'
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
 * Once at the engine's start, before it takes new work: jobs that an engine left behind are completed when their bytes are
 * safe on the disk, and failed with that reason otherwise; nothing they made stays. Exports that people started and that
 * still live are adopted as they are.
 */
export async function reconcile(ctx: EngineContext, owner: string): Promise<void> {
  for (const { id } of await activeJobs(ctx.prisma)) {
    const job = await takeOverJob(ctx.prisma, id, owner, 60_000)
    if (!job) continue
    const done = await rollForward(ctx, job)
    await cleanJob(ctx, id)
    if (done) continue
    const problem = {
      code: 'engine_restarted' as const,
      happened: `The hub's engine stopped while this backup was ${job.state}.`,
      safe: 'Earlier backups are untouched; the unfinished images are removed.',
      remedy: 'Start the backup again.',
    }
    await ctx.prisma.$transaction(async (tx) => {
      await moveJob(tx, { id, fence: job.fence, to: 'failed', message: problem.happened, problem })
      await tx.jobDisk.updateMany({ where: { jobId: id }, data: { state: 'failed', bytesPerSecond: 0 } })
    })
  }
  for (const row of await openResources(ctx.prisma)) {
    const alive = row.pid !== null && row.pidStart !== null && (await isAlive({ pid: row.pid, start: row.pidStart }))
    if (row.kind === 'sshd' || (row.kind === 'export' && row.jobId === null && alive) || row.kind === 'port') continue
    await cleanResource(ctx, row).catch((err: unknown) =>
      ctx.log.warn({ err, row: row.identity }, 'could not be cleaned; stays on the ledger'),
    )
  }
}

/** An appliance is back: what could not be ended there while it was away is ended now. */
export async function cleanApplianceJobs(ctx: EngineContext, applianceId: string): Promise<void> {
  for (const row of await openResources(ctx.prisma, { kind: 'appliance-job' })) {
    const job = await ctx.prisma.job.findUnique({ where: { id: row.identity }, select: { state: true } })
    const over = !job || ['completed', 'failed', 'cancelled'].includes(job.state)
    if (over && (row.data as { applianceId: string }).applianceId === applianceId) await cleanResource(ctx, row)
  }
}
