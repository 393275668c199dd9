import { cleaningChoiceSchema, cleaningResultSchema, housekeepingViewSchema } from '#contracts/housekeeping.ts'
import { procedure, router } from '../init.ts'

export const housekeepingRouter = router({
  /** What is left over now; changes nothing. */
  survey: procedure('read')
    .output(housekeepingViewSchema)
    .query(({ ctx }) => ctx.services.housekeeping.survey()),

  /** Cleans what is chosen, as far as it is still left over. */
  clean: procedure('manage')
    .input(cleaningChoiceSchema)
    .output(cleaningResultSchema)
    .mutation(({ ctx, input }) => ctx.services.housekeeping.clean(input, ctx.actor)),
})
