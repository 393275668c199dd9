import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { z } from 'zod'
import type { PasswordLink } from '#contracts/people.ts'
import type { Db } from '../../db/client.ts'

const identifierOf = (token: string) => `password-link:${createHash('sha256').update(token).digest('base64url')}`

/**
 * Makes a one-time link by which a person chooses a password; earlier ones of theirs die. The token stands in the fragment,
 * which browsers never send; the database keeps its hash only.
 */
export async function createPasswordLink(
  db: Db,
  input: { url: string; userId: string; hours: number },
): Promise<PasswordLink> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(Date.now() + input.hours * 3600_000)
  await db.verification.deleteMany({ where: { identifier: { startsWith: 'password-link:' }, value: input.userId } })
  await db.verification.create({
    data: { id: randomUUID(), identifier: identifierOf(token), value: input.userId, expiresAt },
  })
  return { url: new URL(`/sign-in/password#${token}`, input.url).href, expiresAt: expiresAt.toISOString() }
}

/**
 * `POST /sign-in/password {token, password}`: takes the token out of the database (once, whoever is first), keeps the password
 * and ends every session of the person. It signs nobody in: a second factor is asked for as ever.
 */
export function passwordLinkPlugin(password: { min: number; max: number }): BetterAuthPlugin {
  const refused = () =>
    APIError.from('UNAUTHORIZED', {
      code: 'INVALID_PASSWORD_LINK',
      message: 'This link was used already, is too old, or was not copied whole.',
    })
  return {
    id: 'password-link',
    endpoints: {
      passwordByLink: createAuthEndpoint(
        '/sign-in/password',
        {
          method: 'POST',
          body: z.object({
            token: z.string().max(200),
            password: z
              .string()
              .min(password.min, `The password needs at least ${password.min} characters.`)
              .max(password.max, `The password can have ${password.max} characters at most.`),
          }),
        },
        async (ctx) => {
          const { internalAdapter, password: hasher } = ctx.context
          const record = await internalAdapter.consumeVerificationValue(identifierOf(ctx.body.token))
          const user = record && (await internalAdapter.findUserById(record.value))
          if (!user) throw refused()
          const hash = await hasher.hash(ctx.body.password)
          const accounts = await internalAdapter.findAccounts(user.id)
          if (accounts.some(({ providerId }) => providerId === 'credential'))
            await internalAdapter.updatePassword(user.id, hash)
          else
            await internalAdapter.linkAccount({
              userId: user.id,
              providerId: 'credential',
              accountId: user.id,
              password: hash,
            })
          await internalAdapter.deleteUserSessions(user.id)
          return ctx.json({ email: user.email })
        },
      ),
    },
  }
}
