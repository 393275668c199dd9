import path from 'node:path'
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { APIError, createAuthMiddleware } from 'better-auth/api'
import type { PrismaClient } from '../../db/client.ts'
import type { HubEnv } from '../../env.ts'
import { Attempts } from './attempts.ts'
import { allowedOrigins } from './origins.ts'
import { readOrCreateSecret } from './secret.ts'
import { signInLinkPlugin } from './sign-in-link.ts'

export const MIN_PASSWORD = 12
export const MAX_PASSWORD = 128

const emailOf = (body: unknown) => {
  const email = (body as { email?: unknown } | undefined)?.email
  return typeof email === 'string' ? email.toLowerCase().slice(0, 320) : null
}

/**
 * better-auth over the hub's own tables. Works in plain Node too (scripts make sign-in links).
 * Sessions last 7 days and are renewed daily; the secret that signs cookies lies in `<home>/secrets/auth-secret`.
 */
export async function createAuth({ prisma, env }: { prisma: PrismaClient; env: HubEnv }) {
  const secret = await readOrCreateSecret(path.join(env.paths.secrets, 'auth-secret'))
  const attempts = new Attempts({ tries: 10, windowMs: 5 * 60_000, names: 10_000 })
  return betterAuth({
    appName: 'Sendense',
    baseURL: env.url,
    basePath: '/api/auth',
    secret,
    trustedOrigins: allowedOrigins(env),
    telemetry: { enabled: false },
    database: prismaAdapter(prisma, { provider: 'postgresql', transaction: true }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD,
    },
    // What the product does not offer is not there: nobody makes or changes accounts over HTTP in another way.
    disabledPaths: [
      '/sign-up/email',
      '/sign-in/social',
      '/link-social',
      '/unlink-account',
      '/update-user',
      '/change-email',
      '/set-password',
      '/delete-user',
      '/delete-user/callback',
      '/verify-email',
      '/send-verification-email',
      '/request-password-reset',
      '/reset-password',
      '/refresh-token',
      '/get-access-token',
      '/account-info',
    ],
    user: { additionalFields: { role: { type: 'string', required: false, defaultValue: 'viewer', input: false } } },
    session: { expiresIn: 7 * 24 * 3600, updateAge: 24 * 3600, cookieCache: { enabled: false } },
    rateLimit: {
      enabled: true,
      storage: 'memory',
      window: 60,
      max: 300,
      customRules: { '/sign-in/email': { window: 60, max: 30 }, '/sign-in/link': { window: 60, max: 30 } },
    },
    advanced: {
      cookiePrefix: 'sendense',
      // Said aloud, because better-auth turns both checks off in a test environment.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      useSecureCookies: env.url.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
    },
    plugins: [signInLinkPlugin()],
    hooks: {
      before: createAuthMiddleware(async (ctx) => {
        const email = ctx.path === '/sign-in/email' ? emailOf(ctx.body) : null
        if (email === null || attempts.waitMs(email) === 0) return
        const minutes = Math.ceil(attempts.waitMs(email) / 60_000)
        throw APIError.from('TOO_MANY_REQUESTS', {
          code: 'TOO_MANY_ATTEMPTS',
          message: `Too many failed tries for this address. Try again in ${minutes} min.`,
        })
      }),
      after: createAuthMiddleware(async (ctx) => {
        const email = ctx.path === '/sign-in/email' ? emailOf(ctx.body) : null
        if (email === null) return
        if (ctx.context.newSession) attempts.succeeded(email)
        else attempts.failed(email)
      }),
    },
    logger: { level: 'error' },
  })
}

export type Auth = Awaited<ReturnType<typeof createAuth>>
/** The session a request carries, as better-auth reads it. */
export type AuthSession = NonNullable<Awaited<ReturnType<Auth['api']['getSession']>>>
