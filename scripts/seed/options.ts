export interface Options {
  vms: number
  restorePoints: number
  running: number
  force: boolean
}

export const HELP = `Usage: npm run seed [-- OPTIONS]

Fills the hub's database with machines, jobs and restore points that have no files. What an earlier seed made is replaced.

  --vms N              virtual machines (default 1000)
  --restore-points N   restore points of them (default 20000)
  --running N          backups that look as if they ran (default 0)
  --force              also into a database that has real backups
`

/** @throws Error naming what is wrong in the command line */
export function parseOptions(args: readonly string[]): Options {
  const options: Options = { vms: 1000, restorePoints: 20_000, running: 0, force: false }
  const names = { '--vms': 'vms', '--restore-points': 'restorePoints', '--running': 'running' } as const
  const words = [...args]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--force') {
      options.force = true
      continue
    }
    const name = names[word as keyof typeof names]
    const number = Number(words.shift())
    if (name === undefined || !Number.isInteger(number) || number < 0)
      throw new Error(`"${args.join(' ')}" is not understood.\n\n${HELP}`)
    options[name] = number
  }
  return options
}
