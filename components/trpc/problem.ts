import { type Problem, problemSchema } from '#contracts/problem.ts'

const unreachable: Problem = {
  code: 'unavailable',
  happened: 'The hub does not answer.',
  safe: 'Running backups do not need this page: they go on.',
  remedy: 'Wait a moment and try again. If it stays, see whether the web process runs.',
}

/** The problem an error of a call carries; a call without an answer is "the hub does not answer". */
export function problemOf(error: unknown): Problem {
  const data = (error as { data?: { problem?: unknown } } | null)?.data
  const parsed = problemSchema.safeParse(data?.problem)
  return parsed.success ? parsed.data : unreachable
}
