import { z } from 'zod'
import { machineNameSchema, overviewSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

export const overviewRouter = router({
  get: procedure.output(overviewSchema).query(({ ctx }) => ctx.services.overview.get()),

  machines: procedure.output(z.array(machineNameSchema)).query(({ ctx }) => ctx.services.overview.machines()),
})
