import { parseArgs } from 'node:util'
import { ProblemError } from '#contracts/problem.ts'

export interface SupportOptions {
  /** Where the archive goes; null: help only. */
  out: string | null
  job: string | null
  help: boolean
}

export const HELP = `Usage: npm run support-bundle -- --out FILE [--job ID]

Collects logs, settings and states of this hub into one archive (tar.gz), without secrets, as the Settings page
does; also when web, engine or database are down (then without what they alone know).

  --out FILE  where the archive goes (0600); a file that is there is not overwritten
  --job ID    also one backup whole: its job's id, or its own (backup-<vm>-<seconds>)
  --help      this text

Which hub: SENDENSE_HOME and DATABASE_URL, as for npm start.

Exit status: 0 it is written, 2 it is not.
`

/** @throws ProblemError `bad_input` naming what nobody knows */
export function parseOptions(args: readonly string[]): SupportOptions {
  const refuse = (happened: string) => new ProblemError({ code: 'bad_input', happened, remedy: HELP })
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        out: { type: 'string' },
        job: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (!values.out && !values.help) throw refuse('It must be said where the archive goes: --out FILE.')
    return { out: values.out ?? null, job: values.job ?? null, help: values.help }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw refuse(error instanceof Error ? error.message : String(error))
  }
}
