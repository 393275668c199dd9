import { z } from 'zod'
import { machineNameSchema, overviewSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

export const overviewRouter = router({
  get: procedure('read')
    .output(overviewSchema)
    .query(({ ctx }) => ctx.services.overview.get()),

  machines: procedure('read')
    .output(z.array(machineNameSchema))
    .query(({ ctx }) => ctx.services.overview.machines()),
})
