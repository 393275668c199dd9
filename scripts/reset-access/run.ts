import type { PasswordLink } from '#contracts/people.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { Hub } from '#server/container.ts'
import { createAccess } from '#server/services/access/access.ts'
import type { ResetOptions } from './options.ts'

/** Lets a person in again; what was done is in the audit trail. @throws ProblemError `not_found` */
export async function resetAccess({ prisma, env }: Hub, options: ResetOptions): Promise<PasswordLink> {
  const { people, audit } = createAccess(prisma, env.url)
  const wanted = options.email?.toLowerCase()
  const person = (await people.list()).find(({ email }) => email === wanted)
  if (!person)
    throw new ProblemError({
      code: 'not_found',
      happened: `Nobody signs in as ${options.email} here.`,
      remedy: `These do: ${(await people.list()).map(({ email }) => email).join(', ') || 'nobody yet'}.`,
    })
  await people.setDisabled(person.id, false)
  if (options.secondFactorOff) await people.turnOffSecondFactor(person.id)
  if (options.administrator) await people.setRole(person.id, 'administrator')
  const link = await people.passwordLink(person.id)
  const { secondFactorOff, administrator } = options
  await audit.note({
    ...{ userId: null, who: null, via: 'command', token: null, address: null, action: 'reset-access' },
    target: { email: person.email, secondFactorOff, administrator },
    ...{ outcome: 'done', code: null },
  })
  return link
}
