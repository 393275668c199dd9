import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import { probeResultSchema, repositoryViewSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

const one = z.object({ id: idSchema })

export const repositoriesRouter = router({
  list: procedure.output(z.array(repositoryViewSchema)).query(({ ctx }) => ctx.services.repositories.list()),

  create: procedure
    .input(
      z.object({
        name: z.string().trim().min(1, 'is needed').max(63),
        path: z
          .string()
          .trim()
          .max(1000)
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
          .regex(/^\/[^\u0000-\u001f\u007f]*$/, 'must be an absolute path, like /srv/backups'),
      }),
    )
    .output(repositoryViewSchema)
    .mutation(({ ctx, input }) => ctx.services.repositories.create(input, ctx.actor)),

  probe: procedure
    .input(one)
    .output(probeResultSchema)
    .mutation(({ ctx, input }) => ctx.services.repositories.probe(input.id)),

  /** Forgets it; files stay. */
  remove: procedure
    .input(one)
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.services.repositories.remove(input.id, ctx.actor)),
})
