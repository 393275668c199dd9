/** How the program ends: docs/cli.md has the same table, and a test compares them. */
export const exits = {
  ok: 0,
  /** What was asked for went wrong: a backup or a check failed. */
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  notFound: 5,
  conflict: 6,
  cancelled: 7,
  /** The hub could not do it, or had a fault. */
  hub: 8,
  interrupted: 130,
} as const

/** Ends the program with a status, in words. */
export class CliError extends Error {
  readonly status: number
  readonly remedy: string | undefined
  constructor(status: number, message: string, remedy?: string) {
    super(message)
    this.name = 'CliError'
    this.status = status
    this.remedy = remedy
  }
}

/** The exit status for an HTTP status that refuses. */
export function exitFor(status: number): number {
  if (status === 401 || status === 403) return exits.refused
  if (status === 404) return exits.notFound
  if (status === 409 || status === 412) return exits.conflict
  if (status === 503 || status === 502 || status === 504 || status === 429) return exits.unreachable
  return status < 500 ? exits.usage : exits.hub
}
