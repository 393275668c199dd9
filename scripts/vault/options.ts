import { parseArgs } from 'node:util'
import { ProblemError } from '#contracts/problem.ts'

export type VaultOptions = { command: 'rotate' } | { command: 'help' } | { command: 'recovery-kit'; out: string }

export const HELP = `Usage: npm run vault -- COMMAND

  rotate                    makes a new key, seals every stored secret by it, and forgets the former one. The hub may run
                            meanwhile; its database must. What is cut off goes on by the same command
  recovery-kit --out FILE   writes what a lost hub cannot be rebuilt without (keys and settings) into one archive (tar.gz,
                            0600); a file that is there is not overwritten. Keep it away from the hub, and closed

Which hub: SENDENSE_HOME and DATABASE_URL, as for npm start. After each rotation, make a new recovery kit.

Exit status: 0 done, 2 not.
`

/** @throws ProblemError `bad_input` naming what nobody knows */
export function parseOptions(args: readonly string[]): VaultOptions {
  const refuse = (happened: string) => new ProblemError({ code: 'bad_input', happened, remedy: HELP })
  const options = { out: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } } as const
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error))
  }
  const { values, positionals } = parsed
  const [command, ...more] = positionals
  if (values.help) return { command: 'help' }
  if (more.length > 0) throw refuse(`Nobody knows "${more.join(' ')}".`)
  if (command === 'rotate' && values.out === undefined) return { command }
  if (command === 'recovery-kit') {
    if (values.out) return { command, out: values.out }
    throw refuse('It must be said where the archive goes: --out FILE.')
  }
  throw refuse(command === undefined ? 'No command was given.' : `Nobody knows "${args.join(' ')}".`)
}
