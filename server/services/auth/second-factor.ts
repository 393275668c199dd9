import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthMiddleware } from 'better-auth/api'
import { deleteSessionCookie } from 'better-auth/cookies'
import { isUniqueViolation, type PrismaClient } from '../../db/client.ts'

// A code is good for its own 30 seconds, those before and those after.
const CODE_LIVES_MS = 3 * 60_000

/** Lets nobody in who is disabled, by whatever way. */
export function refuseDisabled(prisma: PrismaClient) {
  return async ({ userId }: { userId: string }) => {
    const user = await prisma.user.findUnique({ where: { id: userId }, select: { disabledAt: true } })
    if (user?.disabledAt)
      throw new APIError('FORBIDDEN', {
        code: 'DISABLED',
        message: 'This account is disabled. An administrator of this hub can enable it again.',
      })
  }
}

/**
 * A code of an authenticator opens once: whoever saw it typed cannot use it in its remaining seconds. And no browser is
 * trusted to do without one.
 */
export function totpOnce(prisma: PrismaClient): BetterAuthPlugin {
  const isVerify = ({ path }: { path?: string }) => path?.startsWith('/two-factor/verify-') ?? false
  return {
    id: 'totp-once',
    hooks: {
      before: [
        {
          matcher: isVerify,
          handler: createAuthMiddleware(async () => ({ context: { body: { trustDevice: false } } })),
        },
      ],
      after: [
        {
          matcher: ({ path }) => path === '/two-factor/verify-totp',
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, newSession } = ctx.context
            if (returned instanceof Error || !newSession) return
            const code = String((ctx.body as { code?: unknown }).code).replace(/\D/g, '')
            const used = {
              id: `totp-used:${newSession.user.id}:${code}`,
              identifier: 'totp-used',
              value: newSession.user.id,
              expiresAt: new Date(Date.now() + CODE_LIVES_MS),
            }
            try {
              await prisma.verification.deleteMany({ where: { id: used.id, expiresAt: { lt: new Date() } } })
              await prisma.verification.create({ data: used })
            } catch (error) {
              if (!isUniqueViolation(error)) throw error
              await ctx.context.internalAdapter.deleteSession(newSession.session.token)
              deleteSessionCookie(ctx)
              throw new APIError('UNAUTHORIZED', {
                code: 'CODE_USED',
                message: 'This code was used already. Wait for the next one, then sign in again.',
              })
            }
          }),
        },
      ],
    },
  }
}
