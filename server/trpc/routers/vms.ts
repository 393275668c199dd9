import { z } from 'zod'
import { backupIdSchema, idSchema } from '#contracts/ids.ts'
import { backupViewSchema, vmSummarySchema, vmTimelineSchema, vmViewSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

export const vmsRouter = router({
  list: procedure('read')
    .output(z.array(vmSummarySchema))
    .query(({ ctx }) => ctx.services.vms.list()),

  get: procedure('read')
    .input(z.object({ id: idSchema }))
    .output(vmViewSchema)
    .query(({ ctx, input }) => ctx.services.vms.get(input.id)),

  /** Restore points in pages, newest first. */
  restorePoints: procedure('read')
    .input(
      z.object({
        id: idSchema,
        cursor: backupIdSchema.nullish(),
        limit: z.number().int().min(1).max(100).optional(),
      }),
    )
    .output(z.object({ items: z.array(backupViewSchema), nextCursor: z.string().nullable() }))
    .query(({ ctx, input }) => ctx.services.vms.restorePoints(input)),

  timeline: procedure('read')
    .input(z.object({ id: idSchema }))
    .output(vmTimelineSchema)
    .query(({ ctx, input }) => ctx.services.vms.timeline(input.id)),

  /** Asks the appliance for its inventory now. */
  refresh: procedure('backup')
    .input(z.object({ applianceId: idSchema }))
    .output(z.object({ found: z.number().int(), problems: z.array(z.string()) }))
    .mutation(({ ctx, input }) => ctx.services.vms.refresh(input.applianceId)),
})
