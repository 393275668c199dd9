import { access, readFile } from 'node:fs/promises'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, signalProcess, startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { runOrThrow } from '#lib/process/run.ts'
import type { NbdAddress } from '../address.ts'

export interface Server extends AsyncDisposable {
  pid: number
  address: NbdAddress
  /** As libnbd's tools take it. */
  url: string
  exited: Daemon['exited']
  signal(name: NodeJS.Signals): Promise<boolean>
}

const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

async function serve(
  program: string,
  args: readonly string[],
  base: string,
  address: NbdAddress,
  name: string,
): Promise<Server> {
  const daemon = await startDaemon(program, args, { logFile: `${base}.log`, mark: `${base}:nbd-test` })
  let ended = false
  void daemon.exited.then(() => {
    ended = true
  })
  const ready = await waitFor(async () => ended || (await isThere(`${base}.pid`)), { deadlineMs: 20_000 })
  if (!ready || ended) throw new Error(`${program} does not serve: ${await readFile(`${base}.log`, 'utf8')}`)
  return {
    pid: daemon.pid,
    address,
    url:
      'socketPath' in address
        ? `nbd+unix:///${name}?socket=${address.socketPath}`
        : `nbd://${address.host}:${address.port}/${name}`,
    exited: daemon.exited,
    signal: (signal) => signalProcess(daemon, signal),
    [Symbol.asyncDispose]: async () => {
      // A stopped one hears SIGTERM only when it goes on.
      await signalProcess(daemon, 'SIGCONT')
      await stopProcess(daemon, 3000)
    },
  }
}

/** nbdkit on a unix socket `BASE.sock`, or on a port of 127.0.0.1. `args`: filters, plugin, parameters. */
export function nbdkit(base: string, args: readonly string[], port?: number): Promise<Server> {
  const where = port ? ['-i', '127.0.0.1', '-p', String(port)] : ['-U', `${base}.sock`]
  const address = port ? { host: '127.0.0.1', port } : { socketPath: `${base}.sock` }
  return serve('nbdkit', ['-f', '-P', `${base}.pid`, ...where, ...args], base, address, '')
}

/** qemu-nbd with the export name `disk`. `args`: options and the image. */
export function qemuNbd(base: string, args: readonly string[], port?: number): Promise<Server> {
  const where = port ? ['-b', '127.0.0.1', '-p', String(port)] : ['-k', `${base}.sock`]
  const address = port ? { host: '127.0.0.1', port } : { socketPath: `${base}.sock` }
  const common = ['--persistent', '--shared=0', `--pid-file=${base}.pid`, ...where, '-x', 'disk']
  return serve('qemu-nbd', [...common, ...args], base, address, 'disk')
}

/** Runs a tool that must succeed. @returns what it printed */
export async function tool(command: string, ...args: readonly string[]): Promise<string> {
  const result = await runOrThrow(command, args, { code: 'internal', happened: `${command} failed` })
  return result.stdout
}
