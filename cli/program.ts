import tab from '@bomb.sh/tab/commander'
import { Command, CommanderError } from 'commander'
import { Api } from './api.ts'
import { addBackup } from './commands/backup.ts'
import { addAppliance, addRepo } from './commands/places.ts'
import { addToken } from './commands/token.ts'
import { addVm } from './commands/vm.ts'
import type { Contextual } from './context.ts'
import { CliError, exits } from './exit.ts'
import { plainLines, tone } from './format.ts'
import { createOutput } from './output.ts'
import { type Environment, settingsFrom } from './settings.ts'

const after = `
Examples:
  sendense token save < token.txt          keep a token of Settings, Access
  sendense backup create web --watch       back "web" up and follow it to its end
  sendense backup list --state failed      what went wrong
  sendense vm chain web --json             its restore points, for a program

Which hub: --url, or SENDENSE_URL (default http://127.0.0.1:3000).
Which token: SENDENSE_TOKEN_FD, SENDENSE_TOKEN_FILE, or what "token save" kept. Never an argument.

Exit status: 0 done, 1 it failed, 2 wrong use, 3 the hub does not answer, 4 refused, 5 there is no such thing,
6 something stands against it, 7 the backup was cancelled, 8 a fault of the hub. docs/cli.md has all of it.`

export interface World {
  env: Environment
  version: string
  signal: AbortSignal
}

/** All commands. They set `process.exitCode`-like status by `exit`. */
export function createProgram({ env, version, signal }: World, exit: (status: number) => void): Command {
  const program = new Command('sendense')
    .description('Back virtual machines up, from the command line.')
    .version(version, '-V, --version', 'print the version')
    .option('--url <address>', 'the hub to ask')
    .option('--json', 'print one JSON document instead of words')
    .helpCommand(false)
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError('(sendense --help says how it is used)')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, styleTitle: (text) => tone('bold', text) })
    .addHelpText('after', after)
    .exitOverride()

  const within: Contextual = async (work) => {
    const { url, json = false } = program.opts<{ url?: string; json?: boolean }>()
    const settings = settingsFrom(env, url)
    await work({ settings, api: new Api(settings), out: createOutput(json), signal, exit })
  }
  addBackup(program, within)
  addVm(program, within)
  addRepo(program, within)
  addAppliance(program, within)
  addToken(program, within)
  tab(program, { completionCommandName: 'completion' })
  return program
}

/** Runs the words; answers the exit status. Never throws. @param complain  writes to standard error */
export async function runProgram(
  words: readonly string[],
  world: World,
  complain: (line: string) => void,
): Promise<number> {
  let status: number = exits.ok
  const program = createProgram(world, (wanted) => {
    status = wanted
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exits.ok : exits.usage
    if (world.signal.aborted) return exits.interrupted
    if (!(error instanceof CliError)) {
      complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
      return exits.hub
    }
    // Names in it were chosen by others.
    complain(plainLines(error.message))
    if (error.remedy) complain(`→ ${plainLines(error.remedy)}`)
    return error.status
  }
}
