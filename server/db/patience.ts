import { sleep } from '#lib/async/wait.ts'
import type { PrismaClient } from './client.ts'

/** What Prisma, its driver and the kernel say when nobody answers, or who answered is going away (PostgreSQL class 57P, 08). */
const awayCodes = /^(P1001|P1002|P1008|P1017|P2024|57P0[1-3]|08\w{3}|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT)$/
const awayWords =
  /\bconnect E[A-Z]+\b|connection terminated|server has closed the connection|timeout exceeded when trying to connect|can't reach database|connection (is )?closed|the database system is (starting up|shutting down|in recovery)|terminating connection/i

/** The database is out of reach: stopped, starting, or its connection was cut. Never true when it answered and refused. */
export function isAway(error: unknown): boolean {
  for (let each = error, depth = 0; each && depth < 6; depth++) {
    const { code, kind, originalCode, message, cause, meta } = each as Record<string, unknown> & {
      meta?: { driverAdapterError?: unknown }
    }
    if ([code, originalCode].some((word) => typeof word === 'string' && awayCodes.test(word))) return true
    if (kind === 'DatabaseNotReachable' || kind === 'ConnectionClosed' || kind === 'SocketTimeout') return true
    if (typeof message === 'string' && awayWords.test(message)) return true
    each = meta?.driverAdapterError ?? cause
  }
  return false
}

export interface Patience {
  /** Aborts when nobody can wait any longer: what fails then is thrown. */
  signal: AbortSignal
  /** Told when it goes away and when it is back. */
  tell(state: 'away' | 'back', error?: unknown): void
  everyMs?: number
}

/**
 * The same client, for whoever may wait (the engine): a question that finds no database is asked again until it is back,
 * a transaction as a whole. A commit whose answer was lost is asked again too; writers are compare-and-set and see it.
 */
export function patient(prisma: PrismaClient, patience: Patience): PrismaClient {
  let away = false
  const persist = async (ask: () => Promise<unknown>): Promise<unknown> => {
    for (;;) {
      try {
        const answer = await ask()
        if (away) {
          away = false
          patience.tell('back')
        }
        return answer
      } catch (error) {
        if (!isAway(error) || patience.signal.aborted) throw error
        if (!away) {
          away = true
          patience.tell('away', error)
        }
        await sleep(patience.everyMs ?? 250, patience.signal).catch(() => undefined)
        if (patience.signal.aborted) throw error
      }
    }
  }
  const wrap = <T extends object>(target: T, inner: (value: object) => unknown): T =>
    new Proxy(target, {
      get(_, property) {
        const value: unknown = Reflect.get(target, property)
        if (typeof value === 'function') {
          if (property === '$disconnect' || property === '$connect') return value.bind(target)
          return (...args: unknown[]) => persist(async () => await Reflect.apply(value, target, args))
        }
        return value !== null && typeof value === 'object' ? inner(value) : value
      },
    })
  return wrap(prisma, (model) => wrap(model, (value) => value))
}
