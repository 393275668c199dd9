import { z } from 'zod'
import { eventSchema } from '#contracts/events.ts'
import { backupIdSchema, idSchema } from '#contracts/ids.ts'
import { replaySchema } from '#contracts/replay.ts'
import { jobSamplesSchema } from '#contracts/samples.ts'
import { backupVerdictSchema } from '#contracts/verdict.ts'
import { backupViewSchema, jobSummarySchema, jobViewSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

/** A job by its key or by the backup id it makes. */
const eitherId = z.object({ id: z.union([idSchema, backupIdSchema]) })

export const backupsRouter = router({
  start: procedure('backup')
    .input(z.object({ vmId: idSchema, repositoryId: idSchema, type: z.literal('full').default('full') }))
    .output(jobSummarySchema)
    .mutation(({ ctx, input }) => ctx.services.backups.start(input, ctx.actor)),

  list: procedure('read')
    .input(
      z
        .object({
          vmId: idSchema.optional(),
          active: z.boolean().optional(),
          state: z.enum(['completed', 'failed', 'cancelled']).optional(),
          search: z.string().max(255).optional(),
          cursor: idSchema.optional(),
          limit: z.number().int().min(1).max(200).optional(),
        })
        .default({}),
    )
    .output(z.object({ items: z.array(jobSummarySchema), nextCursor: z.string().nullable() }))
    .query(({ ctx, input }) => ctx.services.backups.list(input)),

  get: procedure('read')
    .input(eitherId)
    .output(jobViewSchema)
    .query(({ ctx, input }) => ctx.services.backups.get(input.id)),

  /** Whether it is stuck, and where; also `GET /api/v1/backups/:id/verdict`. */
  verdict: procedure('read')
    .input(eitherId)
    .output(backupVerdictSchema)
    .query(({ ctx, input }) => ctx.services.backups.verdict(input.id)),

  cancel: procedure('backup')
    .input(eitherId)
    .output(jobSummarySchema)
    .mutation(({ ctx, input }) => ctx.services.backups.cancel(input.id, ctx.actor)),

  /** The kept events of a job, oldest first. */
  events: procedure('read')
    .input(z.object({ jobId: idSchema }))
    .output(z.array(eventSchema))
    .query(({ ctx, input }) => ctx.services.backups.events(input.jobId)),

  /** What was sampled each second while the job ran, as columns; thinned when it is long or over. */
  samples: procedure('read')
    .input(z.object({ jobId: idSchema }))
    .output(jobSamplesSchema)
    .query(({ ctx, input }) => ctx.services.backups.samples(input.jobId)),

  /** Where the job stood at moments spread over its time, every change of its verdict among them. */
  replay: procedure('read')
    .input(z.object({ jobId: idSchema }))
    .output(replaySchema)
    .query(({ ctx, input }) => ctx.services.backups.replay(input.jobId)),

  restorePoints: procedure('read')
    .input(z.object({ vmId: idSchema.optional() }).default({}))
    .output(z.array(backupViewSchema))
    .query(({ ctx, input }) => ctx.services.backups.restorePoints(input)),
})
