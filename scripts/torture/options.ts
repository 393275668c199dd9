import { parseArgs } from 'node:util'

export interface TortureOptions {
  cases: number
  seed: number
  /** Stacks side by side. */
  jobs: number
  /** Only faults whose name has these words. */
  only: string | null
  /** Writes the table into docs/reliability.md. */
  write: boolean
  help: boolean
}

export const HELP = `npm run torture -- [--cases N] [--seed S] [--jobs J] [--only WORDS] [--write]
  --cases N   how many backups are disturbed (default 60)
  --seed S    the same seed makes the same cases (default: from the clock, printed)
  --jobs J    products side by side (default 1)
  --only W    only faults whose name has these words
  --write     writes the table into docs/reliability.md
The exit status says whether every case passed. With --diagnosis first: what is each fault called? (--diagnosis --help)
With --content: is every change of a backup's bytes caught? (--content --help)
With --tests: every integration and browser test, also those that take too long for npm test (tagged long).`

/** @throws Error in words for the person who typed it */
export function parseOptions(args: readonly string[], now = Date.now()): TortureOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(now % 1_000_000) },
      jobs: { type: 'string', default: '1' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const count = (name: 'cases' | 'seed' | 'jobs', least: number) => {
    const value = Number(values[name])
    if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least} on`)
    return value
  }
  const { only = null, write, help } = values
  return { cases: count('cases', 1), seed: count('seed', 0), jobs: count('jobs', 1), only, write, help }
}
