import { ProblemError } from '#contracts/problem.ts'

export interface DemoOptions {
  /** End when proved. */
  once: boolean
  /** Forget the state and end. */
  reset: boolean
  help: boolean
}

export const HELP = `Usage: npm run demo [-- OPTIONS]

Starts a whole Sendense on this machine (database, hub, one node appliance joined by a real SSH tunnel),
makes a virtual machine "pgtest1" with two disks, backs it up, and compares every image with its source.

  --once    end when proved: exit status 0 only if both disks are identical
  --reset   forget everything earlier demos left (says where that is), and end
  --help    this text
`

/**
 * Reads the command line.
 * @throws ProblemError `bad_input` naming the argument nobody knows
 */
export function parseOptions(args: readonly string[]): DemoOptions {
  const known = ['--once', '--reset', '--help', '-h']
  const stranger = args.find((arg) => !known.includes(arg))
  if (stranger !== undefined)
    throw new ProblemError({ code: 'bad_input', happened: `"${stranger}" is not an option of the demo.`, remedy: HELP })
  return {
    once: args.includes('--once'),
    reset: args.includes('--reset'),
    help: args.includes('--help') || args.includes('-h'),
  }
}
