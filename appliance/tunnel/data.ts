import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ToolReport } from '#contracts/problem.ts'
import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { toolReport } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'
import type { HubConfig } from '../config.ts'
import { sshArgs } from './args.ts'
import { writeTunnelFiles } from './files.ts'
import { freePort, listensOn } from './listening.ts'
import { notOffered, tunnelRefused } from './problem.ts'

export interface LocalForward {
  hubPort: number
  host: string
  port: number
}

export interface DataTunnelOptions {
  /** The job's directory: configuration and log of ssh go there. */
  directory: string
  key: string
  mark: string
  hub: HubConfig
  listenHost: string
  keepAliveSeconds: number
  hubPorts: readonly number[]
  /** The local ports it must have, one for each of `hubPorts`; without them it takes free ones. */
  forwards?: readonly LocalForward[]
  /** Told of the process before anything else happens with it. */
  onStarted(daemon: Daemon): Promise<void>
  signal: AbortSignal
}

const READY_DEADLINE_MS = 15_000
const EAGER_MS = 1000
const ATTEMPTS = 3

export const tunnelLog = (directory: string) => path.join(directory, 'tunnel.log')

/**
 * Opens the job's own connection: one ssh, one local port for each of the hub's ports. It outlives the daemon.
 * @throws ProblemError tunnel_refused with ssh's words
 */
export async function openDataTunnel(
  options: DataTunnelOptions,
): Promise<{ daemon: Daemon; forwards: LocalForward[] }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTunnel(options, attempt)
    } catch (error) {
      // A port can be taken between the look and ssh's own bind.
      const taken = error instanceof ProblemError && /local port .* taken/.test(error.problem.happened)
      if (!taken || options.forwards || attempt >= ATTEMPTS) throw error
    }
  }
}

async function attemptTunnel(options: DataTunnelOptions, attempt: number) {
  const { directory, listenHost: host } = options
  await writeFile(tunnelLog(directory), '', { mode: 0o600 })
  const forwards = [...(options.forwards ?? (await freeForwards(options, attempt)))]
  const lines = forwards.map(({ hubPort, port }) => ({
    kind: 'local' as const,
    listenHost: host,
    listenPort: port,
    hubPort,
  }))
  const terms = { logLevel: 'INFO' as const, keepAliveSeconds: options.keepAliveSeconds }
  const files = await writeTunnelFiles(directory, options.key, options.hub, lines, terms)
  const args = sshArgs(files.config)
  options.signal.throwIfAborted()
  const daemon = await startDaemon('ssh', args, { logFile: tunnelLog(directory), mark: options.mark })
  await options.onStarted(daemon)

  const ports = forwards.map(({ port }) => port)
  try {
    const look = async () => {
      if (!(await isAlive(daemon))) return 'ended'
      return (await listensOn(daemon.pid, host, ports)) && 'ready'
    }
    const { signal } = options
    // What is not there at once is looked for less often: each look reads all sockets of the host.
    const state =
      (await waitFor(look, { deadlineMs: EAGER_MS, everyMs: 4, signal })) ??
      (await waitFor(look, { deadlineMs: READY_DEADLINE_MS - EAGER_MS, everyMs: 50, signal }))
    if (state === 'ready') return { daemon, forwards }
    await stopProcess(daemon, 1000)
    if (state === null) {
      const missing = ports.map((port) => `${host}:${port}`).join(', ')
      const words = `ssh ran for ${READY_DEADLINE_MS / 1000} s and did not offer the forward at ${missing}`
      throw notOffered(words, await tunnelReport(directory, daemon))
    }
  } catch (error) {
    await stopProcess(daemon, 1000)
    throw error
  }
  throw tunnelRefused("The job's own tunnel to the hub could not be opened", await tunnelReport(directory, daemon))
}

async function freeForwards({ hubPorts, listenHost: host }: DataTunnelOptions, attempt: number) {
  const forwards: LocalForward[] = []
  // The hub's own port numbers on a first try.
  for (const hubPort of hubPorts) {
    const taken = forwards.map(({ port }) => port)
    forwards.push({ hubPort, host, port: await freePort(host, attempt === 1 ? hubPort : 0, taken) })
  }
  return forwards
}

/** How a tunnel ended, as far as it is known; exit status null for one that was adopted or still lives. */
export async function tunnelReport(directory: string, daemon: Partial<Daemon>): Promise<ToolReport> {
  const end = daemon.exited ? await Promise.race([daemon.exited, Promise.resolve(null)]) : null
  const args = sshArgs(path.join(directory, 'ssh_config'))
  return toolReport('ssh', args, end ?? {}, await tailFile(tunnelLog(directory)))
}
