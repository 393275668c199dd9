import { rm } from 'node:fs/promises'
import { waitFor } from '#lib/async/wait.ts'
import { startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { exists } from '../files.ts'

/** Somebody else's NBD server for a raw file; extra filters make it slow or faulty. */
export async function serveFor(
  raw: string,
  socket: string,
  filters: readonly string[] = [],
  parameters: readonly string[] = [],
): Promise<{ pid: number } & AsyncDisposable> {
  for (const file of [socket, `${socket}.pid`]) await rm(file, { force: true })
  const names = filters.map((filter) => `--filter=${filter}`)
  // One thread a connection: with more, nbdkit 1.32 aborts in one of fifteen readers that are killed (`sock >= 0` in connections.c), and the
  // source is dead in earnest.
  const args = ['-f', '-r', '-t', '1', '-U', socket, '-P', `${socket}.pid`, ...names, 'file', raw, ...parameters]
  const daemon = await startDaemon('nbdkit', args, { logFile: `${socket}.log`, mark: 'test-source' })
  if (!(await waitFor(() => exists(`${socket}.pid`), { deadlineMs: 10_000 }))) throw new Error('nbdkit does not serve')
  return {
    pid: daemon.pid,
    [Symbol.asyncDispose]: async () => {
      await stopProcess(daemon, 1000)
    },
  }
}
