import { z } from 'zod'
import { vmCheckSchema } from '#contracts/check.ts'
import { idSchema } from '#contracts/ids.ts'
import { procedure, router } from '../init.ts'

const repositoryId = idSchema.optional()

export const checksRouter = router({
  /** Begins a check of a machine, or of an appliance alone; answers the one that runs when there is one. Seconds. */
  start: procedure('backup')
    .input(z.union([z.object({ vmId: idSchema, repositoryId }), z.object({ applianceId: idSchema, repositoryId })]))
    .output(vmCheckSchema)
    .mutation(({ ctx, input }) => ctx.services.checks.start(input, ctx.actor)),

  get: procedure('read')
    .input(z.object({ id: idSchema }))
    .output(vmCheckSchema)
    .query(({ ctx, input }) => ctx.services.checks.get(input.id)),

  /** The newest check of a machine. */
  newest: procedure('read')
    .input(z.object({ vmId: idSchema }))
    .output(vmCheckSchema.nullable())
    .query(({ ctx, input }) => ctx.services.checks.newest(input.vmId)),

  /** The newest check of each appliance alone. */
  appliances: procedure('read')
    .output(z.array(vmCheckSchema))
    .query(({ ctx }) => ctx.services.checks.appliances()),
})
