import { z } from 'zod'
import { ALLOW_UNKNOWN_REASON_LIMIT } from '#contracts/allow-unknown.ts'
import { backupIdSchema, diskKeySchema, idSchema } from '#contracts/ids.ts'
import {
  backupViewSchema,
  vmDiskViewSchema,
  vmSummarySchema,
  vmTimelineSchema,
  vmViewSchema,
} from '#contracts/views.ts'
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

  /** Allows an unknown state of one disk for a time, or takes that back. */
  allowUnknown: procedure('backup')
    .input(
      z.object({
        id: idSchema,
        diskKey: diskKeySchema,
        allowUnknown: z.boolean(),
        reason: z
          .string()
          .max(ALLOW_UNKNOWN_REASON_LIMIT)
          .regex(/^\P{Cc}*$/u, 'must be one line of text')
          .optional(),
        until: z.iso.datetime({ offset: true }).optional(),
      }),
    )
    .output(vmDiskViewSchema)
    .mutation(({ ctx, input }) => ctx.services.vms.allowUnknown(input, ctx.actor)),

  /** Asks the appliance for its inventory now. */
  refresh: procedure('backup')
    .input(z.object({ applianceId: idSchema }))
    .output(z.object({ found: z.number().int(), problems: z.array(z.string()) }))
    .mutation(({ ctx, input }) => ctx.services.vms.refresh(input.applianceId)),
})
