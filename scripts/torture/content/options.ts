import { parseArgs } from 'node:util'

export interface ContentOptions {
  /** Backups whose bytes are changed; 0: none. */
  cases: number
  /** Backups that nobody disturbs; 0: none. */
  undisturbed: number
  seed: number
  /** The first case of the plan that is tried: those before it are drawn only. */
  from: number
  /** Backups side by side. */
  jobs: number
  /** Only kinds whose name has these words. */
  only: string | null
  write: boolean
  help: boolean
}

export const HELP = `npm run torture -- --content [--cases N | --undisturbed N] [--seed S] [--from K] [--jobs J] [--only WORDS] [--write]
  --cases N        so many backups have bytes changed between the source's read and after the commit (default 100); beside
                   them, one in ten writes without changing a byte, and must raise no alarm
  --undisturbed N  instead: so many backups of drawn content that nobody disturbs
  --seed S         the same seed makes the same disks, places, sizes and moments (default: from the clock, printed)
  --from K         leaves out the cases before the one of that number, to try one again
  --jobs J         backups side by side (default 3)
  --only W         only changes whose name or moment has these words
  --write          writes the table into docs/reliability.md
The exit status says whether every change was caught, at the right disk and offset, and nothing else raised an alarm.`

/** @throws Error in words for the person who typed it */
export function parseOptions(args: readonly string[], now = Date.now()): ContentOptions {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--content'),
    options: {
      cases: { type: 'string' },
      undisturbed: { type: 'string' },
      seed: { type: 'string', default: String(now % 1_000_000) },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '3' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const count = (name: 'cases' | 'undisturbed' | 'seed' | 'from' | 'jobs', text: string, least: number) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least} on`)
    return value
  }
  const { only = null, write, help } = values
  if (values.cases !== undefined && values.undisturbed !== undefined)
    throw new Error('--cases and --undisturbed are two runs')
  const undisturbed = count('undisturbed', values.undisturbed ?? '0', 0)
  const cases = undisturbed > 0 ? 0 : count('cases', values.cases ?? '100', 1)
  return {
    ...{ cases, undisturbed, only, write, help },
    ...{
      seed: count('seed', values.seed, 0),
      from: count('from', values.from, 1),
      jobs: count('jobs', values.jobs, 1),
    },
  }
}
