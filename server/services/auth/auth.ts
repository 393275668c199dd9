import path from 'node:path'
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { PrismaClient } from '../../db/client.ts'
import type { HubEnv } from '../../env.ts'
import { isAuthEndpoint } from './endpoints.ts'
import { allowedOrigins } from './origins.ts'
import { passwordLinkPlugin } from './password-link.ts'
import { refuseDisabled, totpOnce } from './second-factor.ts'
import { readOrCreateSecret } from './secret.ts'
import { signInLinkPlugin } from './sign-in-link.ts'
import { throttle } from './throttle.ts'

export const MIN_PASSWORD = 12
export const MAX_PASSWORD = 128

const NOT_THERE = {
  message: 'There is no such way to sign in.',
  problem: { code: 'not_found', happened: 'There is no such way to sign in.' },
}

/**
 * better-auth over the hub's own tables. Only what `endpoints.ts` lists is answered over HTTP. Works in plain Node too (scripts make sign-in links).
 * Sessions last 7 days and are renewed daily; the secret that signs cookies lies in `<home>/secrets/auth-secret`.
 */
export async function createAuth({ prisma, env }: { prisma: PrismaClient; env: HubEnv }) {
  const secret = await readOrCreateSecret(path.join(env.paths.secrets, 'auth-secret'))
  const auth = betterAuth({
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
    user: {
      additionalFields: {
        role: { type: 'string', required: false, defaultValue: 'viewer', input: false },
        disabledAt: { type: 'date', required: false, input: false },
      },
    },
    session: { expiresIn: 7 * 24 * 3600, updateAge: 24 * 3600, cookieCache: { enabled: false } },
    rateLimit: {
      enabled: true,
      storage: 'memory',
      window: 60,
      max: 300,
      customRules: {
        '/sign-in/*': { window: 60, max: 30 },
        '/two-factor/*': { window: 60, max: 30 },
      },
    },
    advanced: {
      cookiePrefix: 'sendense',
      // Said aloud, because better-auth turns both checks off in a test environment.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      useSecureCookies: env.url.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
    },
    plugins: [
      signInLinkPlugin(),
      passwordLinkPlugin({ min: MIN_PASSWORD, max: MAX_PASSWORD }),
      twoFactor({ issuer: 'Sendense', accountLockout: { maxFailedAttempts: 10, durationSeconds: 900 } }),
      totpOnce(prisma),
    ],
    databaseHooks: { session: { create: { before: refuseDisabled(prisma) } } },
    hooks: throttle(),
    logger: { level: 'error' },
  })
  return {
    ...auth,
    async handler(request: Request): Promise<Response> {
      const { pathname } = new URL(request.url)
      return isAuthEndpoint(request.method, pathname)
        ? auth.handler(request)
        : Response.json(NOT_THERE, { status: 404 })
    },
  }
}

export type Auth = Awaited<ReturnType<typeof createAuth>>
/** The session a request carries, as better-auth reads it. */
export type AuthSession = NonNullable<Awaited<ReturnType<Auth['api']['getSession']>>>
