import { z } from 'zod'
import { backupIdSchema, idSchema } from '#contracts/ids.ts'
import { supportBundleSchema } from '#contracts/support.ts'
import { procedure, router } from '../init.ts'

export const supportRouter = router({
  /** Collects a bundle and says what is in it; `GET /api/v1/support/:id` saves that very one, for some minutes. */
  prepare: procedure('manage')
    .input(z.object({ jobId: z.union([idSchema, backupIdSchema]).optional() }).default({}))
    .output(supportBundleSchema)
    .mutation(({ ctx, input }) => ctx.services.support.prepare(input)),

  /** One of its files, as it will be saved. */
  file: procedure('manage')
    .input(z.object({ id: idSchema, name: z.string().max(200) }))
    .output(z.object({ text: z.string(), cut: z.boolean() }))
    .query(({ ctx, input }) => ctx.services.support.file(input)),
})
