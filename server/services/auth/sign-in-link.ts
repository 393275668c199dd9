import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'
import type { PrismaClient } from '../../db/client.ts'

export const SIGN_IN_LINK_MINUTES = 15

const identifierOf = (token: string) => `sign-in-link:${createHash('sha256').update(token).digest('base64url')}`

/**
 * Makes a one-time way to sign in, valid 15 minutes. The token stands in the fragment, which browsers never send, so
 * no log can hold it; the database keeps its hash only.
 * @throws ProblemError `not_found` when nobody has the address
 */
export async function createSignInLink(input: {
  prisma: PrismaClient
  url: string
  email: string
}): Promise<{ url: string; token: string; expiresAt: Date }> {
  const user = await input.prisma.user.findUnique({ where: { email: input.email.toLowerCase() } })
  if (!user) throw new ProblemError({ code: 'not_found', happened: `Nobody signs in as ${input.email}.` })
  if (user.twoFactorEnabled)
    throw new ProblemError({
      code: 'conflict',
      happened: `${input.email} signs in with a second factor, which a link would go around.`,
      remedy: 'Sign in with password and code, or use: npm run reset-access.',
    })
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(Date.now() + SIGN_IN_LINK_MINUTES * 60_000)
  await input.prisma.verification.create({
    data: { id: randomUUID(), identifier: identifierOf(token), value: user.id, expiresAt },
  })
  return { url: new URL(`/sign-in/link#${token}`, input.url).href, token, expiresAt }
}

/** `POST /sign-in/link {token}`: takes the token out of the database (once, whoever is first) and sets a session cookie. */
export function signInLinkPlugin(): BetterAuthPlugin {
  return {
    id: 'sign-in-link',
    endpoints: {
      signInLink: createAuthEndpoint(
        '/sign-in/link',
        // Of any length: a link that was cut short is told apart from none by nobody, and gets the same words.
        { method: 'POST', body: z.object({ token: z.string() }) },
        async (ctx) => {
          const refused = () =>
            APIError.from('UNAUTHORIZED', {
              code: 'INVALID_SIGN_IN_LINK',
              message: 'This link was used already, is too old, or was not copied whole.',
            })
          const { internalAdapter } = ctx.context
          const record = await internalAdapter.consumeVerificationValue(identifierOf(ctx.body.token))
          if (!record) throw refused()
          const user = await internalAdapter.findUserById(record.value)
          // A second factor that was enabled since is not gone around either.
          if (!user || (user as { twoFactorEnabled?: boolean }).twoFactorEnabled) throw refused()
          const session = await internalAdapter.createSession(user.id)
          await setSessionCookie(ctx, { session, user })
          return ctx.json({ ok: true })
        },
      ),
    },
  }
}
