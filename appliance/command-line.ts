import { parseArgs } from 'node:util'

/** Thrown for a command line that cannot be understood. */
export class UsageError extends Error {}

/** The options of a command. @throws UsageError */
export function options<const K extends string>(args: string[], names: readonly K[]): Partial<Record<K, string>> {
  const config = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args, options: config, strict: true }).values as Partial<Record<K, string>>
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause))
  }
}

/** @throws UsageError when it is not given */
export function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`)
  return value
}

/** A port from the command line; null: not given. @throws UsageError */
export function portOf(value: string | undefined, name: string): number | null {
  if (value === undefined) return null
  const port = Number(value)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new UsageError(`--${name} must be a port: 1 to 65535`)
}
