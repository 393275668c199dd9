import { isTerminal } from '#contracts/job.ts'
import { isCheckRunning } from '../db/checks.ts'
import { appendEvent } from '../db/events.ts'
import { activeJobs, freeQueuedJobs, type JobRow, takeOverJob } from '../db/jobs.ts'
import { openResources } from '../db/resources.ts'
import type { EngineContext } from '../engine/context.ts'
import { cleanResource } from './clean-resource.ts'

/**
 * Once at the engine's start, before it takes new work. What is left over of other jobs, housekeeping cleans next.
 * @returns the jobs that are to be taken up, now this engine's
 */
export async function reconcile(ctx: EngineContext, owner: string): Promise<JobRow[]> {
  await freeQueuedJobs(ctx.prisma)
  const left: JobRow[] = []
  for (const { id } of await activeJobs(ctx.prisma)) {
    const job = await takeOverJob(ctx.prisma, id, owner, 60_000)
    if (job) left.push(job)
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
