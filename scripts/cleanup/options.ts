import { parseArgs } from 'node:util'
import { ProblemError } from '#contracts/problem.ts'

export interface CleanupOptions {
  /** Clean, and not only look. */
  apply: boolean
  /** A job's id, or its backup's. */
  job: string | null
  json: boolean
  help: boolean
}

export const HELP = `Usage: npm run cleanup [-- OPTIONS]

Shows what Sendense left over on this hub: processes, ports, unfinished images, keys, sessions and files of
backups that have ended. It changes nothing unless --apply is given, and it never touches what carries no
mark of this hub: other qemu-nbd processes and other images are listed apart, and stay.

  --apply     clean what is listed (the hub's engine does it; when the engine is down nothing is cleaned)
  --dry-run   only look (the default)
  --job ID    only what this job left: its id, or its backup's (backup-<vm>-<seconds>)
  --json      print one JSON document and no table
  --help      this text

Which hub: SENDENSE_HOME and DATABASE_URL, as for npm start.

Exit status: 0 nothing is left over, 1 something is, 2 it could not be looked at.
`

/** @throws ProblemError `bad_input` naming what nobody knows */
export function parseOptions(args: readonly string[]): CleanupOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        apply: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        job: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.apply && values['dry-run']) throw new Error('--apply and --dry-run exclude each other.')
    return { apply: values.apply, job: values.job ?? null, json: values.json, help: values.help }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw new ProblemError({ code: 'bad_input', happened: words, remedy: HELP })
  }
}
