import path from 'node:path'
import { waitFor } from '#lib/async/wait.ts'
import { ensureSystemUser } from '#lib/host/system-user.ts'
import { startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { runOrThrow } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'
import { ensureHostKey, type RunAs, startSshd, writeAuthorizedKeys } from '#server/drivers/ssh/driver.ts'
import type { HubConfig } from '../config.ts'
import { freePort, listensOn } from '../tunnel/listening.ts'

/** A port of `host` the kernel finds free now. */
export const anyPort = (host = '127.0.0.1'): Promise<number> => freePort(host, 0)

/** A qemu-nbd over a fresh qcow2, as the hub runs it. */
export interface TestExport extends AsyncDisposable {
  image: string
  port: number
  pid: number
  stop(): Promise<void>
}

export async function startExport(directory: string, exportName: string, sizeBytes: number): Promise<TestExport> {
  const image = path.join(directory, `${exportName}.qcow2`)
  const internal = { code: 'internal' as const, happened: 'test' }
  await runOrThrow('qemu-img', ['create', '-q', '-f', 'qcow2', image, String(sizeBytes)], internal)
  const port = await anyPort()
  const daemon = await startDaemon(
    'qemu-nbd',
    [
      ...['--persistent', '--shared=0', '-b', '127.0.0.1', '-p', String(port), '-f', 'qcow2', '-x', exportName],
      ...['--discard=unmap', '--detect-zeroes=unmap', image],
    ],
    { logFile: `${image}.log`, mark: 'test-export' },
  )
  const ready = await waitFor(() => listensOn(daemon.pid, '127.0.0.1', [port]), { deadlineMs: 10_000 })
  if (!ready) throw new Error(`qemu-nbd: ${(await tailFile(`${image}.log`)).join('\n')}`)
  const stop = async () => {
    await stopProcess(daemon, 5000)
  }
  return { image, port, pid: daemon.pid, stop, [Symbol.asyncDispose]: stop }
}

/** The hub's own sshd, on a directory and a port of its own. */
export interface TestSshd extends AsyncDisposable {
  hub: HubConfig
  /** Lets exactly these keys in, each with its own restrictions. */
  authorize(lines: readonly string[]): Promise<void>
  /** Ends every live session, as the hub does when it revokes a key. */
  endSessions(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** As root sshd runs as the hub's own user, otherwise as ourselves. */
const runAs = async (): Promise<RunAs | null> =>
  process.getuid?.() === 0 ? await ensureSystemUser('sendense-tunnel') : null

export async function startTestSshd(directory: string): Promise<TestSshd> {
  const dir = path.join(directory, 'ssh')
  const [port, apiPort] = [await anyPort(), await anyPort()]
  const user = await runAs()
  await ensureHostKey(dir, user)
  await writeAuthorizedKeys(dir, [], user)
  const start = () => startSshd({ dir, host: '127.0.0.1', port, runAs: user, mark: 'test-sshd' })
  let sshd = await start()
  return {
    hub: { sshHost: '127.0.0.1', sshPort: port, sshUser: sshd.user, hostKey: sshd.hostKey, apiPort },
    authorize: (lines) => writeAuthorizedKeys(dir, lines, user),
    endSessions: async () => {
      for (const session of await sshd.sessions()) await sshd.endSession(session)
    },
    restart: async () => {
      sshd = await start()
    },
    stop: () => sshd.stop(),
    [Symbol.asyncDispose]: () => sshd.stop(),
  }
}
