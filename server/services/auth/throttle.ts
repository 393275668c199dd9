import { APIError, createAuthMiddleware } from 'better-auth/api'
import { Attempts } from './attempts.ts'

const WINDOW_MS = 5 * 60_000

/** Where secrets are tried, by strangers or in a session that is not its owner's: failures count against their address. */
const guessed = new Set([
  '/change-password',
  '/sign-in/email',
  '/sign-in/link',
  '/sign-in/password',
  '/two-factor/disable',
  '/two-factor/enable',
  '/two-factor/generate-backup-codes',
  '/two-factor/verify-totp',
  '/two-factor/verify-backup-code',
])

/** True where secrets are tried; `path` as better-auth has it. */
export const isGuessed = (path: string | undefined): boolean => guessed.has(path ?? '')

const accountOf = (path: string | undefined, body: unknown) => {
  const email = path === '/sign-in/email' ? (body as { email?: unknown } | undefined)?.email : undefined
  return typeof email === 'string' ? email.toLowerCase().slice(0, 320) : null
}
// The web process has put the true address there (server/web/client-address.ts).
const addressOf = (headers: Headers | undefined) => headers?.get('x-forwarded-for')?.slice(0, 100) ?? null

/**
 * Makes guessing slow: 10 failures for one account in five minutes, whatever addresses they claim to come from, and 50 from one
 * address, whatever accounts they try. Then 429 with the time to wait. Codes of a second factor are bounded by better-auth too.
 */
export function throttle() {
  const accounts = new Attempts({ tries: 10, windowMs: WINDOW_MS, names: 10_000 })
  const addresses = new Attempts({ tries: 50, windowMs: WINDOW_MS, names: 10_000 })
  return {
    before: createAuthMiddleware(async (ctx) => {
      if (!isGuessed(ctx.path)) return
      const account = accountOf(ctx.path, ctx.body)
      const address = addressOf(ctx.headers)
      const waits = [account === null ? 0 : accounts.waitMs(account), address === null ? 0 : addresses.waitMs(address)]
      const wait = Math.max(...waits)
      if (wait === 0) return
      throw new APIError(
        'TOO_MANY_REQUESTS',
        { code: 'TOO_MANY_ATTEMPTS', message: `Too many failed tries. Try again in ${Math.ceil(wait / 60_000)} min.` },
        { 'retry-after': String(Math.ceil(wait / 1000)) },
      )
    }),
    after: createAuthMiddleware(async (ctx) => {
      if (!isGuessed(ctx.path)) return
      const failed = ctx.context.returned instanceof Error
      const account = accountOf(ctx.path, ctx.body)
      const address = addressOf(ctx.headers)
      if (failed && address !== null) addresses.failed(address)
      if (account === null) return
      if (failed) accounts.failed(account)
      else accounts.succeeded(account)
    }),
  }
}
