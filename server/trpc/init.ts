import { initTRPC } from '@trpc/server'
import superjson from 'superjson'
import { type RuleName, refusal } from '#contracts/access.ts'
import { ProblemError } from '#contracts/problem.ts'
import { auditedCall } from './audited.ts'
import type { TrpcContext } from './context.ts'
import { problemOf, unauthenticated, withCode } from './errors.ts'
import { requireText } from './readable.ts'

const t = initTRPC
  .context<TrpcContext>()
  .meta<ProcedureMeta>()
  .create({
    transformer: superjson,
    errorFormatter({ shape, error }) {
      const problem = problemOf(error)
      const { code, httpStatus, path } = shape.data
      return { ...shape, message: problem.happened, data: { code, httpStatus, path, problem } }
    },
    sse: {
      ping: { enabled: true, intervalMs: 2000 },
      client: { reconnectAfterInactivityMs: 6000 },
      // Session or token are looked at again on each connection, so what was revoked ends within this time.
      maxDurationMs: 10 * 60_000,
    },
  })

const coded = t.middleware(async ({ next }) => {
  const result = await next()
  if (!result.ok) throw withCode(result.error)
  return result
})

/**
 * Writes each change that somebody asked for into the audit trail, whatever became of it. Strangers who are refused are not
 * written: they would fill it.
 */
const audited = t.middleware(async ({ ctx, type, path, getRawInput, next }) => {
  const result = await next()
  if (type !== 'mutation') return result
  const error = result.ok ? null : withCode(result.error)
  const input = await getRawInput().catch(() => null)
  const note = auditedCall(ctx, { action: path, input, error })
  if (ctx.identity === null && note.outcome === 'refused') return result
  await ctx.access.audit.note(note)
  return result
})

export const router = t.router
export const createCallerFactory = t.createCallerFactory

/** What a procedure is told about itself: who may call it. */
export interface ProcedureMeta {
  rule: RuleName
}

/** Who asks, where the rule says that somebody must. */
const known = t.middleware(({ ctx, next }) => {
  if (!ctx.identity) throw unauthenticated
  return next({ ctx: { ...ctx, identity: ctx.identity, actor: { userId: ctx.identity.userId } } })
})

/** Looks at what was sent before any schema does. */
const readable = t.middleware(async ({ getRawInput, next }) => {
  requireText(await getRawInput())
  return next()
})

/** A procedure for strangers: only for what happens before anybody can sign in. */
export const openProcedure = t.procedure.meta({ rule: 'open' }).use(coded).use(audited).use(readable)

/**
 * What every other procedure is made of: looks at the rule before the input, whatever let the request through before.
 * The rule stands in the procedure's `meta`, where docs and tests read it.
 */
export function procedure(rule: Exclude<RuleName, 'open'>) {
  return t.procedure
    .meta({ rule })
    .use(coded)
    .use(audited)
    .use(known)
    .use(({ ctx, next }) => {
      const refused = refusal(rule, ctx.identity)
      if (refused) throw new ProblemError({ code: 'forbidden', ...refused, safe: 'Nothing was changed.' })
      return next()
    })
    .use(readable)
}
