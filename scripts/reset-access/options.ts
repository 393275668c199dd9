import { parseArgs } from 'node:util'
import { ProblemError } from '#contracts/problem.ts'

export interface ResetOptions {
  /** Whose; null: help only. */
  email: string | null
  secondFactorOff: boolean
  administrator: boolean
  help: boolean
}

export const HELP = `Usage: npm run reset-access -- --email ADDRESS [OPTIONS]

Makes a one-time link by which a person chooses a new password, for whoever cannot sign in any more. It is valid for
24 hours and ends the person's sessions when it is used. A disabled person is enabled. Whoever may run this may read the
hub's database anyway; it is written into the audit trail.

  --email ADDRESS       whose
  --second-factor-off   forgets the authenticator and the recovery codes as well
  --administrator       makes the person an administrator, when there is none left who can sign in
  --help                this text

Which hub: SENDENSE_HOME and DATABASE_URL, as for npm start.

Exit status: 0 the link was printed, 2 it was not.
`

/** @throws ProblemError `bad_input` naming what nobody knows */
export function parseOptions(args: readonly string[]): ResetOptions {
  const refuse = (happened: string) => new ProblemError({ code: 'bad_input', happened, remedy: HELP })
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        email: { type: 'string' },
        'second-factor-off': { type: 'boolean', default: false },
        administrator: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (!values.email && !values.help) throw refuse('It must be said whose: --email ADDRESS.')
    return {
      email: values.email ?? null,
      secondFactorOff: values['second-factor-off'],
      administrator: values.administrator,
      help: values.help,
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw refuse(error instanceof Error ? error.message : String(error))
  }
}
