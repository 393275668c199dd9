import { z } from 'zod'
import { administratorSchema } from '../../services/auth/setup.ts'
import { publicProcedure, router } from '../init.ts'

/** First run: the only procedures open to strangers. */
export const setupRouter = router({
  state: publicProcedure
    .output(z.object({ needed: z.boolean() }))
    .query(async ({ ctx }) => ({ needed: await ctx.setup.needed() })),

  createAdministrator: publicProcedure
    .input(administratorSchema)
    .output(z.object({ userId: z.string() }))
    .mutation(({ ctx, input }) => ctx.setup.createAdministrator(input)),
})
