import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { waitFor } from '#lib/async/wait.ts'
import { startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { tailFile } from '#lib/process/tail.ts'
import { freePort } from './ports.ts'

/** A disk served by an nbdkit of the test's own, whose speed and health the test sets while a backup reads it. */
export interface SlowSource extends AsyncDisposable {
  /** For a disk's `url` in the appliance's settings. */
  url: string
  pid: number
  /** Bits per second for each connection, as nbdkit has it (`1M`); null: as fast as it can. */
  setRate(rate: string | null): Promise<void>
  /** From now on every read fails with EIO. */
  breakReads(): Promise<void>
  /** They work again. */
  mendReads(): Promise<void>
  /** SIGKILL, as when the hypervisor's daemon dies. */
  kill(): Promise<void>
}

/**
 * Serves a raw disk through nbdkit's rate and error filters (nbdkit-rate-filter(1), nbdkit-error-filter(1)).
 * @param delays     of nbdkit-delay-filter(1), as `delay-extents=3`
 * @param directory  where socket and control files go; its path must leave room for a unix socket's 107 bytes
 * @param by         a socket that is reached from every network namespace, or one whose bytes the kernel counts
 */
export async function serveSlowly(
  disk: string,
  directory: string,
  rate: string | null = null,
  delays: readonly string[] = [],
  by: 'unix' | 'tcp' = 'unix',
): Promise<SlowSource> {
  const at = (end: string) => path.join(directory, `${path.basename(disk)}.${end}`)
  const files = { socket: at('sock'), pid: at('pid'), rate: at('rate'), error: at('error'), log: at('log') }
  // Without a number the filter keeps the rate it started with.
  const setRate = (next: string | null) => writeFile(files.rate, `${next ?? '1000G'}\n`)
  await setRate(rate)
  const port = by === 'tcp' ? await freePort() : null
  const daemon = await startDaemon(
    'nbdkit',
    [
      ...['-f', '-r', '-t', '1', ...(port === null ? ['-U', files.socket] : ['-i', '127.0.0.1', '-p', String(port)])],
      ...['-P', files.pid, '--filter=error', '--filter=rate'],
      ...[...(delays.length > 0 ? ['--filter=delay'] : []), 'file', disk, ...delays],
      // One request at a time for each connection, so that a new rate holds for all but the one that sleeps. The default
      // burst lets two seconds' worth pass at once.
      ...['burstiness=0.2', `connection-rate=${rate ?? '1000G'}`, `connection-rate-file=${files.rate}`],
      ...['error-pread=EIO', 'error-pread-rate=100%', `error-file=${files.error}`],
    ],
    { logFile: files.log, mark: `${directory}:source` },
  )
  const serving = await waitFor(async () => (await tailFile(files.pid)).length > 0, { deadlineMs: 10_000 })
  if (!serving) throw new Error(`nbdkit does not serve ${disk}: ${(await tailFile(files.log)).join('\n')}`)
  return {
    url: port === null ? `nbd+unix:///?socket=${files.socket}` : `nbd://127.0.0.1:${port}`,
    pid: daemon.pid,
    setRate,
    breakReads: () => writeFile(files.error, ''),
    mendReads: () => rm(files.error, { force: true }),
    kill: async () => {
      await stopProcess(daemon, 0)
    },
    [Symbol.asyncDispose]: async () => {
      await stopProcess(daemon, 500)
      await Promise.all(Object.values(files).map((file) => rm(file, { force: true })))
    },
  }
}
