import { z } from 'zod'
import { passwordLinkSchema, personNameSchema, personSchema, roleSchema } from '#contracts/people.ts'
import { procedure, router } from '../init.ts'

const one = z.object({ id: z.string().min(1).max(100) })

/** Who signs in here: for administrators, and never by a token. */
export const peopleRouter = router({
  list: procedure('people')
    .output(z.array(personSchema))
    .query(({ ctx }) => ctx.access.people.list()),

  /** Makes a person, and the one-time link by which they choose a password. */
  invite: procedure('people')
    .input(
      z.object({
        name: personNameSchema,
        email: z.email('is not an email address').max(255),
        role: roleSchema,
      }),
    )
    .output(z.object({ person: personSchema, link: passwordLinkSchema }))
    .mutation(({ ctx, input }) => ctx.access.people.invite(input)),

  /** Another link, for somebody who lost theirs or forgot the password. Their second factor stays. */
  passwordLink: procedure('people')
    .input(one)
    .output(passwordLinkSchema)
    .mutation(({ ctx, input }) => ctx.access.people.passwordLink(input.id)),

  /** Holds from their next request on. */
  setRole: procedure('people')
    .input(one.extend({ role: roleSchema }))
    .output(personSchema)
    .mutation(({ ctx, input }) => ctx.access.people.setRole(input.id, input.role)),

  /** A disabled person is signed out at once; their tokens do not count until they are enabled again. */
  setDisabled: procedure('people')
    .input(one.extend({ disabled: z.boolean() }))
    .output(personSchema)
    .mutation(({ ctx, input }) => ctx.access.people.setDisabled(input.id, input.disabled)),

  /** Ends every session of theirs and revokes every token. */
  endAccess: procedure('people')
    .input(one)
    .output(personSchema)
    .mutation(({ ctx, input }) => ctx.access.people.endAccess(input.id)),

  turnOffSecondFactor: procedure('people')
    .input(one)
    .output(personSchema)
    .mutation(({ ctx, input }) => ctx.access.people.turnOffSecondFactor(input.id)),

  /** What they did stays in the audit trail. */
  remove: procedure('people')
    .input(one)
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.access.people.remove(input.id)),
})
