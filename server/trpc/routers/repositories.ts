import { z } from 'zod'
import { lookResultSchema } from '#contracts/catalogue.ts'
import { idSchema } from '#contracts/ids.ts'
import { probeResultSchema, repositoryCheckSchema, repositoryViewSchema } from '#contracts/views.ts'
import { procedure, router } from '../init.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const printable = /^[^\u0000-\u001f\u007f]*$/

const one = z.object({ id: idSchema })

export const repositoriesRouter = router({
  list: procedure('read')
    .output(z.array(repositoryViewSchema))
    .query(({ ctx }) => ctx.services.repositories.list()),

  /** Says what would become of a path, check by check, and makes nothing. Any text is answered: that is the first check. */
  check: procedure('manage')
    .input(
      z.object({ path: z.string().trim().min(1, 'is needed').max(1000).regex(printable, 'must be one line of text') }),
    )
    .output(repositoryCheckSchema)
    .mutation(({ ctx, input }) => ctx.services.repositories.check(input)),

  create: procedure('manage')
    .input(
      z.object({
        name: z.string().trim().min(1, 'is needed').max(63),
        path: z
          .string()
          .trim()
          .max(1000)
          .startsWith('/', 'must be an absolute path, like /srv/backups')
          .regex(printable, 'must be one line of text'),
      }),
    )
    .output(repositoryViewSchema)
    .mutation(({ ctx, input }) => ctx.services.repositories.create(input, ctx.actor)),

  probe: procedure('probe')
    .input(one)
    .output(probeResultSchema)
    .mutation(({ ctx, input }) => ctx.services.repositories.probe(input.id)),

  /** Holds the catalogue against its files now. */
  look: procedure('probe')
    .input(one)
    .output(lookResultSchema)
    .mutation(({ ctx, input }) => ctx.services.repositories.look(input.id)),

  /** Forgets it; files stay. */
  remove: procedure('manage')
    .input(one)
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.services.repositories.remove(input.id, ctx.actor)),
})
