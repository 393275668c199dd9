import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import { probeResultSchema, tunnelViewSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

const ofAppliance = z.object({ applianceId: idSchema })

export const tunnelsRouter = router({
  list: procedure('read')
    .output(z.array(tunnelViewSchema))
    .query(({ ctx }) => ctx.services.tunnels.list()),

  /** Has the appliance dial a fresh control tunnel. */
  start: procedure('manage')
    .input(ofAppliance)
    .output(tunnelViewSchema)
    .mutation(({ ctx, input }) => ctx.services.tunnels.start(input, ctx.actor)),

  /** Has the appliance dial a running backup's own tunnel again. */
  restart: procedure('manage')
    .input(z.object({ jobId: idSchema }))
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.services.tunnels.restart(input, ctx.actor)),

  stop: procedure('manage')
    .input(z.object({ id: z.string().min(1).max(100) }))
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.services.tunnels.stop(input.id, ctx.actor)),

  probe: procedure('probe')
    .input(ofAppliance)
    .output(probeResultSchema)
    .mutation(({ ctx, input }) => ctx.services.tunnels.probe(input)),
})
