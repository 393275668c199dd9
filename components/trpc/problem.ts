import type { Problem } from '#contracts/problem.ts'

const unreachable: Problem = {
  code: 'unavailable',
  happened: 'The hub does not answer.',
  safe: 'Running backups do not need this page: they go on.',
  remedy: 'Wait a moment and try again. If it stays, see whether the web process runs.',
}

/** The problem an error of a call carries; a call without an answer is "the hub does not answer". */
export function problemOf(error: unknown): Problem {
  const problem = (error as { data?: { problem?: unknown } } | null)?.data?.problem
  return isProblem(problem) ? problem : unreachable
}

/** The hub's own answers hold whole problems (server/trpc/errors.ts); what a proxy made up holds none. No schema: it would bring zod into every page. */
function isProblem(value: unknown): value is Problem {
  const { code, happened } = (value ?? {}) as { code?: unknown; happened?: unknown }
  return typeof code === 'string' && typeof happened === 'string'
}
