export interface BenchOptions {
  rounds: number
  dataBytes: number
  /** Where the result goes as JSON. */
  json: string | null
  /** `copy`: the figures of the copy alone: product and tunnel, the whole job, the reading back, the memory. */
  only: 'copy' | null
}

export const HELP = `Usage: npm run bench [-- OPTIONS]

  --rounds N   interleaved rounds (default 3)
  --mib N      MiB of random data each way copies (default 2048)
  --json FILE  write the result there, too
  --only copy  only what the copy is judged by: against bare nbdkit + nbdcopy through the same tunnel, the whole job,
               the first acknowledged write, the reading back a core, the memory of a transfer process of 8 disks
`

/** @throws Error naming what is wrong in the command line */
export function parseOptions(args: readonly string[]): BenchOptions {
  const options: BenchOptions = { rounds: 3, dataBytes: 2048 * 1024 * 1024, json: null, only: null }
  for (let index = 0; index < args.length; index += 2) {
    const [name, value] = [args[index], args[index + 1]]
    const number = Number(value)
    if (name === '--json' && value) options.json = value
    else if (name === '--only' && value === 'copy') options.only = value
    else if (name === '--rounds' && Number.isInteger(number) && number > 0) options.rounds = number
    else if (name === '--mib' && Number.isInteger(number) && number > 0) options.dataBytes = number * 1024 * 1024
    else throw new Error(`"${name} ${value ?? ''}" is not understood.\n\n${HELP}`)
  }
  return options
}
