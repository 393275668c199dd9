import { sleep } from '#lib/async/wait.ts'
import { type Daemon, startDaemon } from '#lib/process/daemon.ts'
import { backoffMs, countQuickEnds, endedLine } from './backoff.ts'
import { rotateLog } from './log-file.ts'
import { endProgram, removeRecord, writeRecord } from './program-record.ts'

export interface ProgramOptions {
  name: string
  command: string
  args: readonly string[]
  cwd: string
  env: Record<string, string>
  /** stdout and stderr are appended here. */
  logFile: string
  /** Where who runs is kept. */
  recordDir: string
  /** Milliseconds it gets to end by itself. */
  graceMs: number
  say: (line: string) => void
}

/** A program that is kept running: in a session of its own, started again with a growing pause when it ends unasked. */
export class Program implements AsyncDisposable {
  readonly #options: ProgramOptions
  readonly #stop = new AbortController()
  #daemon: Daemon | null = null
  #starts = 0
  #loop: Promise<void> = Promise.resolve()

  private constructor(options: ProgramOptions) {
    this.#options = options
  }

  /** Starts it. What an earlier launcher left of it was ended before, see `endLeftOver`. */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = new Program(options)
    const first = await program.#begin()
    program.#loop = program.#keep(first)
    return program
  }

  /** The pid of the present one; null between an end and the next start. */
  get pid(): number | null {
    return this.#daemon?.pid ?? null
  }

  /** How often it was started, the first time included. */
  get starts(): number {
    return this.#starts
  }

  async #begin(): Promise<Daemon> {
    const { name, command, args, cwd, env, logFile, recordDir } = this.#options
    await rotateLog(logFile)
    const daemon = await startDaemon(command, args, { logFile, cwd, env, mark: `launcher:${name}` })
    this.#daemon = daemon
    this.#starts++
    await writeRecord(recordDir, name, daemon)
    return daemon
  }

  async #keep(first: Daemon): Promise<void> {
    const { name, logFile, say } = this.#options
    let daemon: Daemon | null = first
    let quickEnds = 0
    while (!this.#stop.signal.aborted) {
      const began = performance.now()
      const end = daemon ? await daemon.exited : { exitCode: null, signal: null }
      this.#daemon = null
      if (this.#stop.signal.aborted) return
      quickEnds = countQuickEnds(quickEnds, performance.now() - began)
      say(endedLine(name, end, quickEnds, logFile))
      await sleep(backoffMs(quickEnds), this.#stop.signal).catch(() => undefined)
      if (this.#stop.signal.aborted) return
      daemon = await this.#begin().catch((error: Error) => {
        say(`The ${name} could not be started: ${error.message}`)
        return null
      })
    }
  }

  /** Ends it for good. Returns when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { name, graceMs, recordDir, say } = this.#options
    const daemon = this.#daemon
    this.#stop.abort()
    if (daemon && !(await endProgram(daemon, graceMs)))
      say(`The ${name} did not end within ${graceMs / 1000} s and was killed (pid ${daemon.pid}).`)
    await this.#loop
    // A start that was under way when stop was asked for.
    const late = this.#daemon as Daemon | null
    if (late && late !== daemon) await endProgram(late, graceMs)
    await removeRecord(recordDir, name)
  }
}
