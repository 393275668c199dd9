import { z } from 'zod'
import { sessionViewSchema } from '#contracts/people.ts'
import type { Identity } from '../context.ts'
import { procedure, router } from '../init.ts'

const currentOf = ({ via }: Identity) => (via.kind === 'session' ? via.id : null)

/** Where the person who asks is signed in. */
export const sessionsRouter = router({
  list: procedure('own')
    .output(z.array(sessionViewSchema))
    .query(({ ctx }) => ctx.access.sessions.list(ctx.identity.userId, currentOf(ctx.identity))),

  revoke: procedure('own')
    .input(z.object({ id: z.string().min(1).max(100) }))
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.access.sessions.revoke(ctx.identity.userId, input.id)),

  /** All but the one that asks. */
  revokeOthers: procedure('own')
    .output(z.object({ ended: z.number().int() }))
    .mutation(async ({ ctx }) => ({
      ended: await ctx.access.sessions.revokeOthers(ctx.identity.userId, currentOf(ctx.identity)),
    })),
})
