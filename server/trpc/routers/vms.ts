import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import { vmSummarySchema, vmViewSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

export const vmsRouter = router({
  list: procedure.output(z.array(vmSummarySchema)).query(({ ctx }) => ctx.services.vms.list()),

  get: procedure
    .input(z.object({ id: idSchema }))
    .output(vmViewSchema)
    .query(({ ctx, input }) => ctx.services.vms.get(input.id)),

  /** Asks the appliance for its inventory now. */
  refresh: procedure
    .input(z.object({ applianceId: idSchema }))
    .output(z.object({ found: z.number().int(), problems: z.array(z.string()) }))
    .mutation(({ ctx, input }) => ctx.services.vms.refresh(input.applianceId)),
})
