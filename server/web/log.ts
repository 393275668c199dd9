import 'server-only'
import type { TRPCError } from '@trpc/server'
import { ProblemError } from '#contracts/problem.ts'

/** Writes what strangers are not told to the process's log: faults of ours, with their stack. */
export function logFault(error: TRPCError, path: string | undefined): void {
  const known = error.cause instanceof ProblemError && error.cause.problem.code !== 'internal'
  if (known || error.code !== 'INTERNAL_SERVER_ERROR') return
  const cause = error.cause ?? error
  console.error(
    JSON.stringify({ level: 'error', at: new Date().toISOString(), path, error: cause.stack ?? String(cause) }),
  )
}
