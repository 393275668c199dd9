import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

const bent = (directory: string) => path.join(directory, 'bent')

/** What is done to the transfer process of a machine. */
export type Bend =
  /** It stops itself before its program begins: a signal from outside comes too late on a busy machine. */
  | 'stopped-at-birth'
  /** It asks for exports that are not there. */
  | 'wrong-names'
  /** Another process has a connection to its first export before it begins, and keeps it. */
  | 'taken'
  /** It ends, and its process lingers for so many seconds. */
  | `lingers ${number}`

/**
 * A module for an appliance to be started with (`node --require`): the transfer process of each machine that {@link bendTransfer}
 * names is started otherwise.
 */
export async function bentTransfers(directory: string): Promise<string> {
  await mkdir(bent(directory), { recursive: true })
  const file = path.join(directory, 'bent-transfers.cjs')
  const text = `
    const processes = require('node:child_process'), fs = require('node:fs')
    const { spawn } = processes
    const directory = ${JSON.stringify(bent(directory))}
    function bendOf(args) {
      const at = args.indexOf('--job-dir')
      if (at < 0 || args[at - 1] !== 'transfer') return null
      const job = fs.readFileSync(args[at + 1] + '/job.json', 'utf8')
      const name = fs.readdirSync(directory).find((each) => job.includes(JSON.stringify(each)))
      return name ? fs.readFileSync(directory + '/' + name, 'utf8') : null
    }
    processes.spawn = (command, args, options) => {
      const bend = Array.isArray(args) ? bendOf(args) : null
      if (bend === null) return spawn(command, args, options)
      const at = args.indexOf('--targets') + 1
      if (bend === 'wrong-names') {
        const wrong = args[at].split(',').map((target) => target + '9').join()
        return spawn(command, [...args.slice(0, at), wrong, ...args.slice(at + 1)], options)
      }
      const [, host, port, name] = /nbd:..([^:]+):([0-9]+).([^,]*)/.exec(args[at])
      // Client flags, then NBD_OPT_EXPORT_NAME: qemu-nbd drops who has not shaken hands after 10 seconds.
      const hello = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('IHAVEOPT'), Buffer.from([0, 0, 0, 1, 0, 0, 0, name.length]), Buffer.from(name)])
      const octal = [...hello].map((byte) => String.fromCharCode(92) + byte.toString(8).padStart(3, '0')).join('')
      const script = {
        'stopped-at-birth': 'kill -STOP $$; exec "$0" "$@"',
        // Another process holds it, until the export ends.
        taken: 'exec 9<>/dev/tcp/' + host + '/' + port + "; printf '" + octal + "' >&9; cat <&9 >/dev/null 2>&1 & exec 9>&-; exec \\"$0\\" \\"$@\\"",
      }[bend] ?? '"$0" "$@"; status=$?; sleep ' + bend.split(' ')[1] + '; exit $status'
      return spawn('/bin/bash', ['-c', script, command, ...args], options)
    }
    // What is imported by name takes the new function, too.
    require('node:module').syncBuiltinESMExports()
  `
  await writeFile(file, text)
  return file
}

/** From now on the transfer process of that machine is started otherwise. Answers how to take it back. */
export async function bendTransfer(directory: string, name: string, bend: Bend): Promise<() => Promise<void>> {
  const file = path.join(bent(directory), name)
  await writeFile(file, bend)
  return () => rm(file, { force: true })
}
