import { z } from 'zod'
import { procedure, router } from '../init.ts'

export const systemRouter = router({
  health: procedure('read')
    .output(z.object({ ok: z.boolean(), buildId: z.string(), database: z.boolean(), engine: z.boolean() }))
    .query(({ ctx }) => ctx.services.health()),

  /** Whether there is one, by its lock: says nothing of whether it answers, and never waits. */
  engine: procedure('read')
    .output(z.object({ running: z.boolean() }))
    .query(({ ctx }) => ctx.services.engine()),
})
