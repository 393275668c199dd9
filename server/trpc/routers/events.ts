import { tracked } from '@trpc/server'
import { z } from 'zod'
import { procedure, router } from '../init.ts'

const cursorSchema = z.string().regex(/^\d{1,19}$/)

export const eventsRouter = router({
  /** The newest cursor: subscribe after it. */
  cursor: procedure('read')
    .output(cursorSchema)
    .query(({ ctx }) => ctx.services.events.cursor()),

  /**
   * Every event after the cursor, then each new one, in order and none twice. Starts no work and ends none.
   * A reconnecting browser sends the last id it saw, which stands above `after`.
   */
  subscribe: procedure('read')
    .input(z.object({ after: cursorSchema.optional(), lastEventId: cursorSchema.nullish() }))
    .subscription(async function* ({ ctx, input, signal }) {
      const after = input.lastEventId ?? input.after ?? (await ctx.services.events.cursor())
      for await (const event of ctx.services.events.subscribe(after, signal ?? new AbortController().signal)) {
        yield tracked(event.seq, event)
      }
    }),
})
