import { parseArgs } from 'node:util'
import { ProblemError } from '#contracts/problem.ts'

export interface CheckOptions {
  /** A machine's name or id; null: help only. */
  vm: string | null
  /** A repository's name or id. */
  repository: string | null
  json: boolean
  help: boolean
}

export const HELP = `Usage: npm run check -- --vm NAME|ID [OPTIONS]

Tries whether a backup of a virtual machine would work: asks both sides, opens its disks, and sends known bytes
through a tunnel of their own into the repository and back. It takes seconds, disturbs no running backup, and
removes what it made. The hub must run; its engine does the work.

  --vm NAME|ID          the machine; by id when two have one name
  --repository NAME|ID  where the canary goes (default: where its newest backup went, else the first)
  --json                print one JSON document, and nothing before it
  --help                this text

Which hub: SENDENSE_HOME and DATABASE_URL, as for npm start.

Exit status: 0 all that applies passed, 1 something failed, 2 it could not be checked.
`

/** @throws ProblemError `bad_input` naming what nobody knows */
export function parseOptions(args: readonly string[]): CheckOptions {
  const refuse = (happened: string) => new ProblemError({ code: 'bad_input', happened, remedy: HELP })
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        vm: { type: 'string' },
        repository: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (!values.vm && !values.help) throw refuse('It must be said which machine: --vm NAME or --vm ID.')
    return { vm: values.vm ?? null, repository: values.repository ?? null, json: values.json, help: values.help }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw refuse(error instanceof Error ? error.message : String(error))
  }
}
