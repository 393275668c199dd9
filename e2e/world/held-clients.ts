import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

const held = (directory: string) => path.join(directory, 'held')

/**
 * A module for an appliance to be started with (`node --require`): of each machine that {@link holdClient} names, the
 * backup client stops itself before its program begins. A signal from outside comes too late on a busy machine.
 */
export async function heldClients(directory: string): Promise<string> {
  await mkdir(held(directory), { recursive: true })
  const file = path.join(directory, 'held-clients.cjs')
  const text = `
    const processes = require('node:child_process'), fs = require('node:fs')
    const { spawn } = processes
    const stop = ['-c', 'kill -STOP $$; exec "$0" "$@"']
    function isHeld(args) {
      const at = args.indexOf('--job-dir')
      if (at < 0 || args[at - 1] !== 'client') return false
      const job = fs.readFileSync(args[at + 1] + '/job.json', 'utf8')
      return fs.readdirSync(${JSON.stringify(held(directory))}).some((name) => job.includes(JSON.stringify(name)))
    }
    processes.spawn = (command, args, options) =>
      Array.isArray(args) && isHeld(args)
        ? spawn('/bin/sh', [...stop, command, ...args], options)
        : spawn(command, args, options)
    // What is imported by name takes the new function, too.
    require('node:module').syncBuiltinESMExports()
  `
  await writeFile(file, text)
  return file
}

/** From now on the client of that machine is stopped at its birth. Answers how to take it back; who stopped goes on by SIGCONT. */
export async function holdClient(directory: string, name: string): Promise<() => Promise<void>> {
  const file = path.join(held(directory), name)
  await writeFile(file, '')
  return () => rm(file, { force: true })
}
