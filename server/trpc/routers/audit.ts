import { z } from 'zod'
import { auditFilterSchema, auditPageSchema } from '#contracts/audit.ts'
import { LEAST_AUDIT_DAYS } from '#contracts/audit-rules.ts'
import { procedure, router } from '../init.ts'

const retentionSchema = z.object({
  days: z.number().int().min(LEAST_AUDIT_DAYS, `is ${LEAST_AUDIT_DAYS} at least`).max(36_500, 'is 36500 at most'),
})

/** Who did what; nobody changes it. */
export const auditRouter = router({
  /** Newest first, in pages. `GET /api/v1/audit` saves all of a filter. */
  list: procedure('people')
    .input(
      auditFilterSchema
        .extend({
          cursor: z
            .string()
            .regex(/^\d{1,18}$/)
            .nullish(),
          limit: z.number().int().min(1).max(200).optional(),
        })
        .default({}),
    )
    .output(auditPageSchema)
    .query(({ ctx, input: { cursor, ...input } }) => ctx.access.audit.list({ ...input, cursor: cursor ?? undefined })),

  retention: procedure('people')
    .output(retentionSchema)
    .query(({ ctx }) => ctx.access.audit.retention()),

  setRetention: procedure('people')
    .input(retentionSchema)
    .output(retentionSchema)
    .mutation(({ ctx, input }) => ctx.access.audit.setRetention(input.days)),
})
