import { z } from 'zod'
import { newTokenSchema, tokenViewSchema } from '#contracts/people.ts'
import { procedure, router } from '../init.ts'

/** The tokens of the person who asks. */
export const tokensRouter = router({
  list: procedure('own')
    .output(z.array(tokenViewSchema))
    .query(({ ctx }) => ctx.access.tokens.list(ctx.identity.userId)),

  /** Answers the token itself, this once. */
  create: procedure('own')
    .input(newTokenSchema)
    .output(z.object({ token: z.string(), view: tokenViewSchema }))
    .mutation(({ ctx, input }) => ctx.access.tokens.create(ctx.identity.userId, input)),

  revoke: procedure('own')
    .input(z.object({ id: z.uuid() }))
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.access.tokens.revoke(ctx.identity.userId, input.id)),
})
