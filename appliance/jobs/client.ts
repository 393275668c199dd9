import { ProblemError } from '#contracts/problem.ts'
import { waitFor } from '#lib/async/wait.ts'
import type { Daemon } from '#lib/process/daemon.ts'
import type { ProcessIdentity } from '#lib/process/procfs.ts'
import { errorText } from '../log.ts'
import { wordsOf } from '../tunnel/problem.ts'
import { clientEnd, clientProblem, spawnClient, stopClient } from './client-process.ts'
import { endProcesses, jobMark, markedProcesses } from './mark.ts'
import { appendAfterClient, type ReportBody, surveyReports } from './report-file.ts'
import type { JobShared, JobTunnel } from './tunnel.ts'

/** A client whose tunnel is gone cannot succeed; it may say so itself for this long. */
const AFTER_TUNNEL_MS = 3000
/** ssh needs a moment to notice what its channels noticed at once. */
const TUNNEL_NOTICE_MS = 500

/** The backup client of one job: started once, watched to its end, its log finished for it. */
export class JobClient {
  readonly #shared: JobShared
  readonly #tunnel: JobTunnel
  #process: ProcessIdentity | null = null
  /** Settled when the log has its last line. */
  #watch: Promise<void> | null = null
  #over = false

  constructor(shared: JobShared, tunnel: JobTunnel) {
    this.#shared = shared
    this.#tunnel = tunnel
  }

  /** Starts it; one that was started for the same targets is not started again. */
  async start(targets: string): Promise<number> {
    const { jobId, files, context, keep, ledger } = this.#shared
    const { client, cancelled } = ledger()
    if (client && client.targets !== targets)
      throw new ProblemError({ code: 'conflict', happened: `The job ${jobId} was started with other targets.` })
    if (client?.process) return client.process.pid
    if (cancelled) throw new ProblemError({ code: 'conflict', happened: `The job ${jobId} was cancelled.` })
    await keep({ client: { targets, process: null } })
    const daemon = await spawnClient(jobId, targets, files, context)
    this.#begin(daemon)
    const { pid, start } = daemon
    await keep({ client: { targets, process: { pid, start } } })
    return pid
  }

  /** After a restart of the daemon. */
  async adopt(): Promise<void> {
    const { jobId, ledger } = this.#shared
    const { client } = ledger()
    if (!client) return
    if (client.process) this.#begin(client.process)
    else {
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

  #begin(process: ProcessIdentity & Partial<Daemon>): void {
    this.#process = process
    const { context, jobId } = this.#shared
    this.#watch = this.#follow(process)
      .catch((error: unknown) => context.log.error('the end of a client', { jobId, error: errorText(error) }))
      .finally(() => {
        this.#over = true
      })
  }

  async #follow(process: ProcessIdentity & Partial<Daemon>): Promise<void> {
    const { jobId, files, ledger, context } = this.#shared
    const done = new AbortController()
    const guard = this.#endWithTunnel(process, done.signal)
    const tool = await clientEnd(process, jobId, files)
    done.abort()
    await guard
    const survey = await surveyReports(files.reports)
    if (survey.ended) return
    const ok = tool.exitCode === 0
    const { cancelled } = ledger()
    const ended = ok || cancelled ? null : await this.#tunnel.endedWithin(TUNNEL_NOTICE_MS)
    const tunnel = ended && { ...ended, stderr: wordsOf(ended.stderr) }
    const last: ReportBody[] = []
    if (tunnel) last.push({ type: 'tunnel-ended', tool: tunnel })
    const problem = ok
      ? null
      : clientProblem(tool, { cancelled, firstFailure: survey.firstFailure?.problem ?? null, tunnel })
    last.push({ type: 'client-ended', ok, tool, problem })
    await appendAfterClient(files.reports, last)
    context.log.info('client ended', {
      jobId,
      exitCode: tool.exitCode,
      signal: tool.signal,
      tunnelEnded: tunnel !== null,
    })
  }

  /** Ends a client that goes on without its tunnel. */
  async #endWithTunnel(process: ProcessIdentity, signal: AbortSignal): Promise<void> {
    if (!(await this.#tunnel.ended(signal))) return
    await waitFor(() => signal.aborted, { deadlineMs: AFTER_TUNNEL_MS, everyMs: 20 })
    if (!signal.aborted) await stopClient(process)
  }
}
