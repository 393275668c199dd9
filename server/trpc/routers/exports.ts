import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import { exportViewSchema, probeResultSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

const one = z.object({ id: idSchema })

export const exportsRouter = router({
  list: procedure('read')
    .output(z.array(exportViewSchema))
    .query(({ ctx }) => ctx.services.exports.list()),

  /** Serves one disk of a completed backup, read-only. */
  start: procedure('restore')
    .input(z.object({ backupDiskId: idSchema }))
    .output(exportViewSchema)
    .mutation(({ ctx, input }) => ctx.services.exports.start(input, ctx.actor)),

  stop: procedure('restore')
    .input(one)
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.services.exports.stop(input.id, ctx.actor)),

  probe: procedure('probe')
    .input(one)
    .output(probeResultSchema)
    .mutation(({ ctx, input }) => ctx.services.exports.probe(input.id)),
})
