export interface BenchOptions {
  rounds: number
  dataBytes: number
  /** Where the result goes as JSON. */
  json: string | null
}

export const HELP = `Usage: npm run bench [-- OPTIONS]

  --rounds N   interleaved rounds (default 3)
  --mib N      MiB of random data each way copies (default 2048)
  --json FILE  write the result there, too
`

/** @throws Error naming what is wrong in the command line */
export function parseOptions(args: readonly string[]): BenchOptions {
  const options: BenchOptions = { rounds: 3, dataBytes: 2048 * 1024 * 1024, json: null }
  for (let index = 0; index < args.length; index += 2) {
    const [name, value] = [args[index], args[index + 1]]
    const number = Number(value)
    if (name === '--json' && value) options.json = value
    else if (name === '--rounds' && Number.isInteger(number) && number > 0) options.rounds = number
    else if (name === '--mib' && Number.isInteger(number) && number > 0) options.dataBytes = number * 1024 * 1024
    else throw new Error(`"${name} ${value ?? ''}" is not understood.\n\n${HELP}`)
  }
  return options
}
