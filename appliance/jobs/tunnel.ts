import { readFile } from 'node:fs/promises'
import { ProblemError } from '#contracts/problem.ts'
import { Mutex } from '#lib/async/mutex.ts'
import { sleep, waitFor } from '#lib/async/wait.ts'
import { type Daemon, stopProcess } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { errorText } from '../log.ts'
import { backoffMs } from '../tunnel/backoff.ts'
import { type LocalForward, openDataTunnel, tunnelReport } from '../tunnel/data.ts'
import type { JobContext } from './context.ts'
import { endProcesses, jobMark, markedProcesses } from './mark.ts'
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

type TunnelEntry = NonNullable<Ledger['tunnel']>

const STOP_GRACE_MS = 1000
const WATCH_MS = 500
/** Longest pause between two attempts while a client waits. */
const LONGEST_PAUSE_MS = 3000

/** The data connection of one job. */
export class JobTunnel {
  readonly #shared: JobShared
  readonly #turn = new Mutex()
  #process: (ProcessIdentity & Partial<Daemon>) | null = null

  constructor(shared: JobShared) {
    this.#shared = shared
  }

  get forwards(): readonly LocalForward[] {
    return this.#shared.ledger().tunnel?.forwards ?? []
  }

  /** Takes over the one of a former daemon, dead or alive. */
  adopt(): void {
    this.#process = this.#shared.ledger().tunnel?.process ?? null
  }

  /** Opens it; one that is open for the same ports stays. @throws ProblemError tunnel_refused | unavailable */
  open(hubPorts: readonly number[], signal: AbortSignal): Promise<LocalForward[]> {
    return this.#turn.run(async () => {
      const present = this.#shared.ledger().tunnel
      const same = present?.hubPorts.join() === hubPorts.join() && present.ready
      if (same && this.#process && (await isAlive(this.#process))) return present.forwards
      await this.#stop()
      const first = { process: null, forwards: [], ready: false, generation: 0, ended: null, alone: 1 }
      const { forwards } = await this.#dial({ hubPorts: [...hubPorts], ...first }, signal)
      return forwards
    })
  }

  /**
   * Dials again whenever it ends, with the same key and on the same local ports, so that the client's targets stay true.
   * Resolves when the signal aborts.
   */
  async keepOpen(signal: AbortSignal): Promise<void> {
    const { jobId, context, ledger } = this.#shared
    if (!ledger().tunnel?.generation) return
    let failures = 0
    while (!signal.aborted) {
      try {
        await this.#untilGone(signal)
        await this.#turn.run(() => this.#again(signal))
        context.log.info('data tunnel is back', { jobId, failures })
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        failures++
        const why = error instanceof ProblemError ? error.message : errorText(error)
        context.log.warn('data tunnel is away', { jobId, failures, why })
        const pause = Math.min(LONGEST_PAUSE_MS, backoffMs(failures, Math.random()))
        await sleep(pause, signal).catch(() => undefined)
      }
    }
  }

  /** The hub has ended every older connection. */
  async isAlone(): Promise<void> {
    const { keep, ledger } = this.#shared
    const { tunnel } = ledger()
    if (tunnel) await keep({ tunnel: { ...tunnel, alone: tunnel.generation } })
  }

  /** Ends the present one, also when it is stopped and can't see that its peer is gone; {@link keepOpen} dials the next. */
  redial(): Promise<void> {
    return this.#turn.run(async () => {
      if (this.#process && this.#shared.ledger().tunnel?.ready) await stopProcess(this.#process, STOP_GRACE_MS)
    })
  }

  close(): Promise<void> {
    return this.#turn.run(() => this.#stop())
  }

  async #untilGone(signal: AbortSignal): Promise<void> {
    const gone = async () => this.#process === null || !(await isAlive(this.#process))
    await waitFor(gone, { deadlineMs: Number.POSITIVE_INFINITY, everyMs: WATCH_MS, signal })
  }

  async #again(signal: AbortSignal): Promise<void> {
    const { files, keep, ledger } = this.#shared
    const { tunnel } = ledger()
    signal.throwIfAborted()
    if (!tunnel) return
    let { ended } = tunnel
    if (tunnel.ready) {
      // A child's exit status comes a moment after its death.
      if (this.#process?.exited) await this.#process.exited
      ended = { generation: tunnel.generation, tool: await tunnelReport(files.directory, this.#process ?? {}) }
    }
    const away = { ...tunnel, ended, process: null, ready: false }
    await keep({ tunnel: away })
    await this.#endStrays()
    await this.#dial(away, signal)
  }

  async #dial(entry: TunnelEntry, signal: AbortSignal): Promise<TunnelEntry> {
    const { jobId, files, context, keep } = this.#shared
    const { hub, listenHost, keepAliveSeconds } = await context.config()
    if (hub === null)
      throw new ProblemError({
        code: 'unavailable',
        happened: 'The appliance does not know its hub yet.',
        remedy: "Enrol the appliance, so that the hub's address stands in its settings.",
      })
    await keep({ tunnel: entry })
    const { daemon, forwards } = await openDataTunnel({
      directory: files.directory,
      key: files.key,
      mark: jobMark(jobId),
      hub,
      listenHost,
      keepAliveSeconds,
      hubPorts: entry.hubPorts,
      ...(entry.forwards.length > 0 ? { forwards: entry.forwards } : {}),
      signal,
      onStarted: async (started) => {
        this.#process = started
        const { pid, start } = started
        await keep({ tunnel: { ...entry, process: { pid, start } } })
      },
    })
    const { pid, start } = daemon
    const ready = { ...entry, process: { pid, start }, forwards, ready: true, generation: entry.generation + 1 }
    await keep({ tunnel: ready })
    return ready
  }

  /** An ssh that a former daemon started and could not note any more would hold the local ports. */
  async #endStrays(): Promise<void> {
    const marked = await markedProcesses(jobMark(this.#shared.jobId))
    const names = await Promise.all(marked.map(({ pid }) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')))
    await endProcesses(
      marked.filter((_, index) => names[index]?.trim() === 'ssh'),
      STOP_GRACE_MS,
    )
  }

  async #stop(): Promise<void> {
    if (this.#process) await stopProcess(this.#process, STOP_GRACE_MS)
    this.#process = null
  }
}
