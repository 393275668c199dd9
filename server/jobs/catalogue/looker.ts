import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Verdict } from '#contracts/look.ts'
import { ProblemError } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { toolEnv } from '#lib/process/run.ts'
import type { Answer, Opened, Opening, Question } from './protocol.ts'

const PROGRAM = path.join(import.meta.dirname, 'look-main.ts')
/** A file system that answers nothing for so long hangs. Restarted by each answer. */
const SILENCE_MS = 60_000
/** The slowest disk that a map is read from, in bytes a second: a large map may take its time. */
const SLOWEST = 4 * 1024 * 1024
const HEAP_MIB = 256
const END_MS = 1000
const ERRORS = 2000

/** Compiled code is kept where the engine keeps its own: it starts in half the time. */
function compiled(): Record<string, string> {
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: path.dirname(directory) }
}

/**
 * One look at one repository: a process of its own that answers question by question. It needs no place on the ledger: its
 * input ends with its owner, and so does it.
 */
export class Looker implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #silenceMs: number
  readonly #waiting = new Map<string, (verdict: Verdict) => void>()
  #opened = Promise.withResolvers<Opened>()
  #failed = Promise.withResolvers<never>()
  #ended = false
  #errors = ''
  #late: NodeJS.Timeout | null = null

  /** @param silenceMs  for tests */
  constructor(options: { silenceMs?: number; program?: string } = {}) {
    this.#silenceMs = options.silenceMs ?? SILENCE_MS
    const args = ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${HEAP_MIB}`]
    const child = spawn(process.execPath, [...args, options.program ?? PROGRAM], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: toolEnv(compiled()),
    })
    this.#child = child
    this.#failed.promise.catch(() => undefined)
    this.#opened.promise.catch(() => undefined)
    child.stderr.setEncoding('utf8').on('data', (words: string) => {
      this.#errors = `${this.#errors}${words}`.slice(-ERRORS)
    })
    child.stdin.on('error', () => undefined)
    child.once('error', (error) => this.#fail(error))
    child.once('exit', (code, signal) => {
      this.#ended = true
      this.#fail(new Error(`the process that looks ended (${code ?? signal}) ${this.#errors.trim()}`.trim()))
    })
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line))
  }

  /** True while it is there, also when it was told to end: a read that hangs in the kernel cannot be ended. */
  get alive(): boolean {
    return !this.#ended && this.#child.pid !== undefined
  }

  #fail(error: Error): void {
    if (this.#late) clearTimeout(this.#late)
    this.#failed.reject(error)
  }

  #hear(line: string): void {
    let said: Opened | Answer
    try {
      said = JSON.parse(line) as Opened | Answer
    } catch {
      this.#fail(new Error('the process that looks answered something else than JSON'))
      return
    }
    if (!('id' in said)) {
      this.#opened.resolve(said)
      return
    }
    const settle = this.#waiting.get(said.id)
    this.#waiting.delete(said.id)
    settle?.(said.verdict)
  }

  #patience(ms: number): void {
    if (this.#late) clearTimeout(this.#late)
    const words = `Its file system did not answer within ${Math.round(ms / 1000)} s.`
    this.#late = setTimeout(() => {
      const remedy = 'Look at the disk or the network share (kernel log). It is looked at again by itself.'
      this.#fail(
        new ProblemError({ code: 'repository_missing', happened: words, safe: 'Nothing was changed.', remedy }),
      )
      this.#child.kill('SIGKILL')
    }, ms)
  }

  #write(line: Opening | Question): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`)
  }

  /** @throws ProblemError why the repository cannot be looked at; Error when the process ended */
  async open(repository: Opening): Promise<void> {
    this.#patience(this.#silenceMs)
    this.#write(repository)
    const answer = await Promise.race([this.#opened.promise, this.#failed.promise])
    if (this.#late) clearTimeout(this.#late)
    if ('problem' in answer) throw new ProblemError(answer.problem)
  }

  /**
   * Verdicts of all questions, as they come.
   * @throws ProblemError `repository_missing` when the file system hangs; Error when the process ended
   */
  async ask(questions: readonly Question[], onVerdict: (id: string, verdict: Verdict) => void): Promise<void> {
    const bytes = (question: Question) =>
      question.maps ? question.point.disks.reduce((sum, { map }) => sum + (map?.bytes ?? 0), 0) : 0
    const grace = this.#silenceMs + (Math.max(0, ...questions.map(bytes)) / SLOWEST) * 1000
    let left = questions.length
    if (left === 0) return
    const done = Promise.withResolvers<void>()
    this.#patience(grace)
    for (const question of questions) {
      this.#waiting.set(question.point.id, (verdict) => {
        this.#patience(grace)
        onVerdict(question.point.id, verdict)
        left--
        if (left === 0) done.resolve()
      })
      this.#write(question)
    }
    try {
      await Promise.race([done.promise, this.#failed.promise])
    } finally {
      if (this.#late) clearTimeout(this.#late)
      this.#waiting.clear()
    }
  }

  /** Ends it; returns when it is gone, or after a second when it hangs in the kernel. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#late) clearTimeout(this.#late)
    if (!this.alive) return
    const gone = once(this.#child, 'exit')
    this.#child.stdin?.end()
    const stop = new AbortController()
    await Promise.race([gone, sleep(END_MS, stop.signal).catch(() => undefined)])
    stop.abort()
    if (!this.alive) return
    this.#child.kill('SIGKILL')
    const end = new AbortController()
    await Promise.race([gone, sleep(END_MS, end.signal).catch(() => undefined)])
    end.abort()
  }
}
