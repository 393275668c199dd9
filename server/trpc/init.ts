import { initTRPC } from '@trpc/server'
import superjson from 'superjson'
import type { TrpcContext } from './context.ts'
import { problemOf, unauthenticated, withCode } from './errors.ts'

const t = initTRPC.context<TrpcContext>().create({
  transformer: superjson,
  errorFormatter({ shape, error }) {
    const problem = problemOf(error)
    const { code, httpStatus, path } = shape.data
    return { ...shape, message: problem.happened, data: { code, httpStatus, path, problem } }
  },
  sse: {
    ping: { enabled: true, intervalMs: 2000 },
    client: { reconnectAfterInactivityMs: 6000 },
    // The session is looked at again on each connection, so a revoked one ends within this time.
    maxDurationMs: 10 * 60_000,
  },
})

const coded = t.middleware(async ({ next }) => {
  const result = await next()
  if (!result.ok) throw withCode(result.error)
  return result
})

export const router = t.router
export const createCallerFactory = t.createCallerFactory

/** Open to strangers: only for what happens before anybody can sign in. */
export const publicProcedure = t.procedure.use(coded)

/** What everything else is made of: needs a session, whatever let the request through before. */
export const procedure = publicProcedure.use(({ ctx, next }) => {
  if (!ctx.session) throw unauthenticated
  return next({ ctx: { ...ctx, session: ctx.session, actor: { userId: ctx.session.userId } } })
})
