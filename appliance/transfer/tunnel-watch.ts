import type { ToolReport } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { type JobFiles, type Ledger, watchedLedger } from '../jobs/record.ts'
import { tunnelReport } from '../tunnel/data.ts'
import { wordsOf } from '../tunnel/problem.ts'
import type { Reporter } from './reporter.ts'

/** ssh needs a moment to notice what its channels noticed at once. */
const NOTICE_MS = 1000
/** A copier that does not notice the end of its tunnel is ended after this. */
const STUCK_MS = 3000
/** The daemon writes down how ssh ended, when it runs. */
const WORDS_MS = 1500
/**
 * Without a word of the hub (its engine may be away) the copy goes on after this. What an old session could still write
 * are bytes of the same frozen disk, so this is order, and not what the copy's truth depends on.
 */
const ALONE_MS = 20_000

/** The connection a copy begins with. */
export interface Connection {
  generation: number
  /** null: the daemon is about to open it. */
  process: ProcessIdentity | null
}

/** No tunnel any more. */
export interface TunnelLoss {
  /** How the last connection ended. */
  tool: ToolReport
  /** Which bound was passed: follows "The job's tunnel to the hub ". */
  words: string
}

const duration = (ms: number) =>
  ms >= 120_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 1000)} seconds`

/** The client's view of the job's data tunnel, which the daemon keeps: read from its ledger, so that it outlives a daemon. */
export class TunnelWatch {
  readonly #files: JobFiles
  readonly #ledger: () => Promise<Ledger | null>
  readonly #reporter: Reporter
  readonly #bounds: { eachMs: number; totalMs: number }
  readonly #returns = new Map<number, Promise<TunnelLoss | null>>()
  #breaks = 0
  /** How long it was away until now, all times together. */
  #awayMs = 0

  /** @param bounds  how long it may be away each time, and in all */
  constructor(files: JobFiles, reporter: Reporter, bounds: { eachMs: number; totalMs: number }) {
    this.#files = files
    this.#ledger = watchedLedger(files)
    this.#reporter = reporter
    this.#bounds = bounds
  }

  /** null: the job has no tunnel. */
  async current(): Promise<Connection | null> {
    const tunnel = await this.#tunnel()
    if (!tunnel) return null
    return { generation: tunnel.generation, process: tunnel.ready ? tunnel.process : null }
  }

  /** Did it end, at the latest in a moment? An export that died leaves it alive. */
  async broke(connection: Connection | null): Promise<boolean> {
    const process = connection?.process
    if (!process) return connection !== null
    return (await waitFor(async () => !(await isAlive(process)), { deadlineMs: NOTICE_MS, everyMs: 20 })) === true
  }

  /** Aborts when the tunnel has been dead for so long that whoever copies through it does not notice by himself. */
  async guard(connection: Connection | null, stop: AbortController, done: AbortSignal): Promise<void> {
    const process = connection?.process
    if (!process) return
    const dead = { deadlineMs: Number.POSITIVE_INFINITY, everyMs: 500, signal: done }
    try {
      await waitFor(async () => !(await isAlive(process)), dead)
      await waitFor(() => done.aborted, { deadlineMs: STUCK_MS, everyMs: 50 })
      if (!done.aborted) stop.abort('its tunnel ended')
    } catch (error) {
      if (!done.aborted) throw error
    }
  }

  /**
   * Waits until another connection is open and alone; tells the end and the return once, whichever disks wait.
   * @returns null when it is back, else how the old one ended
   */
  back(former: Connection, signal: AbortSignal): Promise<TunnelLoss | null> {
    const known = this.#returns.get(former.generation)
    if (known) return known
    const returned = this.#wait(former, signal)
    this.#returns.set(former.generation, returned)
    return returned
  }

  async #wait(former: Connection, signal: AbortSignal): Promise<TunnelLoss | null> {
    const began = performance.now()
    const tool = await this.#words(former, signal)
    this.#reporter.report({ type: 'tunnel-ended', tool })
    const opened = async () => {
      const tunnel = await this.#tunnel()
      if (!tunnel?.ready || tunnel.generation <= former.generation || !tunnel.process) return null
      return (await isAlive(tunnel.process)) ? tunnel.generation : null
    }
    this.#breaks++
    const { eachMs, totalMs } = this.#bounds
    const left = totalMs - this.#awayMs
    const generation = await waitFor(opened, { deadlineMs: Math.min(eachMs, left), everyMs: 50, signal })
    const awayMs = performance.now() - began
    this.#awayMs += awayMs
    if (generation === null || this.#awayMs > totalMs) {
      const each = `did not come back within ${duration(eachMs)}`
      const all = `broke ${this.#breaks} times and was away for more than ${duration(totalMs)} in all`
      return { tool, words: left < eachMs ? all : each }
    }
    this.#reporter.report({ type: 'tunnel-restored', awayMs: Math.round(awayMs) })
    const alone = async () => ((await this.#tunnel())?.alone ?? 0) >= generation
    await waitFor(alone, { deadlineMs: ALONE_MS, everyMs: 25, signal })
    return null
  }

  async #words({ generation, process }: Connection, signal: AbortSignal): Promise<ToolReport> {
    const noted = async () => {
      const ended = (await this.#tunnel())?.ended
      return ended && ended.generation >= generation ? ended.tool : null
    }
    const tool =
      (await waitFor(noted, { deadlineMs: WORDS_MS, everyMs: 25, signal })) ??
      (await tunnelReport(this.#files.directory, process ?? {}))
    return { ...tool, stderr: wordsOf(tool.stderr) }
  }

  /** Written by rename, so it is whole whenever it is read. */
  async #tunnel(): Promise<Ledger['tunnel']> {
    return (await this.#ledger())?.tunnel ?? null
  }
}
