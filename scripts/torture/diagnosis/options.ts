import { parseArgs } from 'node:util'

export interface DiagnosisOptions {
  /** How often each fault is tried, and on how many products one after another. */
  cases: number
  /** Healthy backups beside them, on each product. */
  healthy: number
  seed: number
  /** Backups side by side. */
  jobs: number
  /** Only faults whose name has these words. */
  only: string | null
  write: boolean
  help: boolean
}

export const HELP = `npm run torture -- --diagnosis [--cases N] [--healthy H] [--seed S] [--jobs J] [--only WORDS] [--write]
  --cases N    each labelled fault so often, each time on a new product (default 10)
  --healthy H  healthy backups beside them on each product (default 20)
  --seed S     the same seed makes the same sizes, moments and order (default: from the clock, printed)
  --jobs J     backups side by side (default 5)
  --only W     only faults whose name has these words
  --write      writes the table into docs/diagnosis.md, after each product
The exit status says whether every fault was named right and there was no false alarm.`

/** @throws Error in words for the person who typed it */
export function parseOptions(args: readonly string[], now = Date.now()): DiagnosisOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      diagnosis: { type: 'boolean' },
      cases: { type: 'string', default: '10' },
      healthy: { type: 'string', default: '20' },
      seed: { type: 'string', default: String(now % 1_000_000) },
      jobs: { type: 'string', default: '5' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const count = (name: 'cases' | 'healthy' | 'seed' | 'jobs', least: number) => {
    const value = Number(values[name])
    if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least} on`)
    return value
  }
  const { only = null, write, help } = values
  return {
    cases: count('cases', 1),
    healthy: count('healthy', 0),
    seed: count('seed', 0),
    jobs: count('jobs', 1),
    only,
    write,
    help,
  }
}
