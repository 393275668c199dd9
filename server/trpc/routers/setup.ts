import { z } from 'zod'
import { administratorSchema } from '../../services/auth/setup.ts'
import { openProcedure, router } from '../init.ts'

/** First run: the only procedures open to strangers. */
export const setupRouter = router({
  state: openProcedure
    .output(z.object({ needed: z.boolean() }))
    .query(async ({ ctx }) => ({ needed: await ctx.setup.needed() })),

  createAdministrator: openProcedure
    .input(administratorSchema)
    .output(z.object({ userId: z.string() }))
    .mutation(({ ctx, input }) => ctx.setup.createAdministrator(input)),
})
