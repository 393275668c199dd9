import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import { secretInputSchema, secretViewSchema } from '#contracts/secrets.ts'
import { procedure, router } from '../init.ts'

/** Write-only: a value goes in and is replaced or removed. Nothing answers with one. */
export const secretsRouter = router({
  list: procedure('manage')
    .output(z.array(secretViewSchema))
    .query(({ ctx }) => ctx.services.secrets.list()),

  set: procedure('manage')
    .input(secretInputSchema)
    .output(secretViewSchema)
    .mutation(({ ctx, input }) => ctx.services.secrets.set(input, ctx.actor)),

  remove: procedure('manage')
    .input(z.object({ id: idSchema }))
    .mutation(({ ctx, input }) => ctx.services.secrets.remove(input.id, ctx.actor)),
})
