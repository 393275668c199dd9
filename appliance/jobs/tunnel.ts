import { ProblemError, type ToolReport } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, stopProcess } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { type LocalForward, openDataTunnel, tunnelReport } from '../tunnel/data.ts'
import type { JobContext } from './context.ts'
import { jobMark } from './mark.ts'
import type { JobFiles, Ledger } from './record.ts'

/** What the parts of one job share. */
export interface JobShared {
  jobId: string
  files: JobFiles
  context: JobContext
  ledger(): Ledger
  /** Writes a change of the ledger to disk. */
  keep(change: Partial<Ledger>): Promise<void>
}

const STOP_GRACE_MS = 1000

/** The data connection of one job. */
export class JobTunnel {
  readonly #shared: JobShared
  #process: (ProcessIdentity & Partial<Daemon>) | null = null

  constructor(shared: JobShared) {
    this.#shared = shared
  }

  get forwards(): readonly LocalForward[] {
    return this.#shared.ledger().tunnel?.forwards ?? []
  }

  async adopt(): Promise<void> {
    const process = this.#shared.ledger().tunnel?.process ?? null
    if (process && (await isAlive(process))) this.#process = process
  }

  /** Opens it; one that is open for the same ports stays. @throws ProblemError tunnel_refused | unavailable */
  async open(hubPorts: readonly number[], signal: AbortSignal): Promise<LocalForward[]> {
    const { jobId, files, context, keep, ledger } = this.#shared
    const present = ledger().tunnel
    const same = present?.hubPorts.join() === hubPorts.join() && present.forwards.length > 0
    if (same && this.#process && (await isAlive(this.#process))) return present.forwards
    await this.close()

    const { hub, listenHost } = await context.config()
    if (hub === null)
      throw new ProblemError({
        code: 'unavailable',
        happened: 'The appliance does not know its hub yet.',
        remedy: "Enrol the appliance, so that the hub's address stands in its settings.",
      })
    const ports = [...hubPorts]
    await keep({ tunnel: { hubPorts: ports, process: null, forwards: [] } })
    const { daemon, forwards } = await openDataTunnel({
      directory: files.directory,
      key: files.key,
      mark: jobMark(jobId),
      hub,
      listenHost,
      hubPorts,
      signal,
      onStarted: async (started) => {
        this.#process = started
        const { pid, start } = started
        await keep({ tunnel: { hubPorts: ports, process: { pid, start }, forwards: [] } })
      },
    })
    const { pid, start } = daemon
    await keep({ tunnel: { hubPorts: ports, process: { pid, start }, forwards } })
    return forwards
  }

  /** How it ended, waiting for that up to `withinMs`; null: it lives, or there is none. */
  async endedWithin(withinMs: number): Promise<ToolReport | null> {
    const tunnel = this.#process
    if (!tunnel) return null
    const gone = await waitFor(async () => !(await isAlive(tunnel)), { deadlineMs: withinMs, everyMs: 10 })
    if (!gone) return null
    // A child's exit status comes a moment after its death.
    if (tunnel.exited) await tunnel.exited
    return tunnelReport(this.#shared.files.directory, tunnel)
  }

  /** Resolves when the open tunnel ends; never, when there is none. */
  async ended(signal: AbortSignal): Promise<boolean> {
    const tunnel = this.#process
    if (!tunnel) return false
    const gone = await waitFor(async () => !(await isAlive(tunnel)), {
      deadlineMs: Number.POSITIVE_INFINITY,
      everyMs: 250,
      signal,
    }).catch(() => null)
    return gone === true
  }

  async close(): Promise<void> {
    if (this.#process) await stopProcess(this.#process, STOP_GRACE_MS)
    this.#process = null
  }
}
