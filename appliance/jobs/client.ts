import { ProblemError, type ToolReport } from '#contracts/problem.ts'
import type { Daemon } from '#lib/process/daemon.ts'
import type { ProcessIdentity } from '#lib/process/procfs.ts'
import { errorText } from '../log.ts'
import { type AwayBounds, clientEnd, clientProblem, spawnClient, stopClient } from './client-process.ts'
import { endProcesses, jobMark, markedProcesses } from './mark.ts'
import { appendAfterClient, surveyReports } from './report-file.ts'
import type { JobShared, JobTunnel } from './tunnel.ts'

/** The backup client of one job: started once, watched to its end, its log finished for it. */
export class JobClient {
  readonly #shared: JobShared
  readonly #tunnel: JobTunnel
  #process: ProcessIdentity | null = null
  /** Settled when the log has its last line. */
  #watch: Promise<void> | null = null
  #over = false
  readonly #released = new AbortController()

  constructor(shared: JobShared, tunnel: JobTunnel) {
    this.#shared = shared
    this.#tunnel = tunnel
  }

  /** Starts it; one that was started for the same targets is not started again. */
  async start(targets: string, bounds: AwayBounds): Promise<number> {
    const { jobId, keep, ledger, context } = this.#shared
    const { client, cancelled } = ledger()
    if (client && client.targets !== targets)
      throw new ProblemError({ code: 'conflict', happened: `The job ${jobId} was started with other targets.` })
    if (client?.process) return client.process.pid
    if (cancelled) throw new ProblemError({ code: 'conflict', happened: `The job ${jobId} was cancelled.` })
    // First its share: it must not send at the rate of those that run already.
    await context.limit.enter(jobId)
    const daemon = await keep({ client: { targets, process: null } })
      .then(() => spawnClient(this.#shared, targets, bounds))
      .catch(async (error: unknown) => {
        await this.#leaveLimit()
        throw error
      })
    this.#begin(daemon)
    const { pid, start } = daemon
    await keep({ client: { targets, process: { pid, start } } })
    return pid
  }

  /** After a restart of the daemon. */
  async adopt(): Promise<void> {
    const { jobId, ledger, context } = this.#shared
    const { client } = ledger()
    if (!client) return
    if (client.process) {
      context.limit.adopt(jobId)
      this.#begin(client.process)
    } else {
      // The former daemon died between the start and the note of the pid: nobody can vouch for it.
      await endProcesses(await markedProcesses(jobMark(jobId)), 2000)
      this.#begin({ pid: 0, start: 'unknown' })
    }
  }

  /** Returns when it is gone and the log has its last line. True: it was running. */
  async stop({ requested }: { requested: boolean }): Promise<boolean> {
    const { keep, ledger } = this.#shared
    const process = this.#process
    if (!process) return false
    if (requested && !ledger().cancelled && !this.#over) await keep({ cancelled: true })
    const ended = await stopClient(process)
    await this.#watch
    return ended
  }

  /** It was started and has not ended. */
  get isRunning(): boolean {
    return this.#process !== null && !this.#over
  }

  /** Its process is gone and the log has its last line, or `ms` are over. */
  async settled(ms: number): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
    if (this.isRunning) await Promise.race([this.#watch, late])
  }

  /** Leaves it to the next daemon: client and tunnel go on, nothing of them is watched any more. */
  async release(): Promise<void> {
    this.#released.abort()
    await this.#watch
  }

  #begin(process: ProcessIdentity & Partial<Daemon>): void {
    this.#process = process
    const { context, jobId } = this.#shared
    this.#watch = this.#follow(process)
      .catch((error: unknown) => {
        if (!this.#released.signal.aborted) context.log.error('the end of a client', { jobId, error: errorText(error) })
      })
      .finally(() => {
        this.#over = true
        return this.#leaveLimit()
      })
  }

  /** What it had of the rate limit falls to the others; not while it goes on for the next daemon. */
  async #leaveLimit(): Promise<void> {
    if (this.#released.signal.aborted) return
    const { context, jobId } = this.#shared
    await context.limit.leave(jobId).catch((error: unknown) => {
      context.log.error('the rate limit', { jobId, error: errorText(error) })
    })
  }

  async #follow(process: ProcessIdentity & Partial<Daemon>): Promise<void> {
    const { jobId, files, ledger, context } = this.#shared
    const done = new AbortController()
    const kept = this.#tunnel.keepOpen(AbortSignal.any([done.signal, this.#released.signal]))
    let tool: ToolReport
    try {
      tool = await clientEnd(process, { jobId, files }, this.#released.signal)
    } finally {
      done.abort()
      await kept
    }
    const survey = await surveyReports(files.reports)
    if (survey.ended) return
    const ok = tool.exitCode === 0
    const { cancelled } = ledger()
    const firstFailure = survey.firstFailure?.problem ?? null
    const problem = ok ? null : clientProblem(tool, { cancelled, firstFailure })
    await appendAfterClient(files.reports, [{ type: 'client-ended', ok, tool, problem }])
    context.log.info('client ended', { jobId, exitCode: tool.exitCode, signal: tool.signal })
  }
}
