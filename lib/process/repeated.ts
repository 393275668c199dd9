import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Mutex } from '#lib/async/mutex.ts'
import { toolEnv } from './run.ts'

export interface RepeatedOptions {
  /** Milliseconds for one answer. Default 5 s. */
  timeoutMs?: number
  /** Bytes of one answer; more is a failure. Default 8 MiB. */
  maxStdoutBytes?: number
}

export interface RepeatedAnswer {
  /** It ended with exit status 0 within its time and its bytes. */
  ok: boolean
  /** null: there was no answer. 127: the program was not found (POSIX sh). */
  exitCode: number | null
  stdout: string
}

/** The command reaches the shell as its positional parameters: no word of it is ever read as shell text. */
const SCRIPT = `while read -r end; do "$@" </dev/null; printf '\\n%s %d\\n' "$end" "$?"; done`
const SILENCE: RepeatedAnswer = { ok: false, exitCode: null, stdout: '' }
/** A shell whose input ended has nothing left to do. */
const END_MS = 1000

/**
 * One program with fixed arguments, run again and again: by a small shell that stays, because a fork costs the more the
 * larger the process is that forks (34 ms of CPU for a Node of 360 MB, measured; hardly any for `sh`). Runs one at a
 * time; who comes meanwhile waits his turn. A shell that hangs, dies or says too much is ended, and the next run starts
 * another. It needs no place on a ledger: its input ends with its owner, and so does it.
 */
export class RepeatedProgram implements AsyncDisposable {
  readonly #argv: readonly string[]
  readonly #timeoutMs: number
  readonly #maxBytes: number
  readonly #turn = new Mutex()
  #shell: ChildProcess | null = null
  #disposed = false

  constructor(command: string, args: readonly string[], options: RepeatedOptions = {}) {
    this.#argv = [command, ...args]
    this.#timeoutMs = options.timeoutMs ?? 5000
    this.#maxBytes = options.maxStdoutBytes ?? 8 * 1024 * 1024
  }

  /** Runs it once more; never throws for what it did. Its stderr is not read. After the disposal: no answer. */
  run(): Promise<RepeatedAnswer> {
    return this.#turn.run(async () => {
      if (this.#disposed) return SILENCE
      const shell = this.#shell ?? this.#start()
      const answer = await this.#ask(shell)
      if (answer.exitCode === null) this.#kill(shell)
      return answer
    })
  }

  /** Ends the shell, and the program if it runs; returns when the shell is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    const shell = this.#shell
    if (shell === null) return
    const gone = once(shell, 'exit')
    shell.stdin?.end()
    const impatient = setTimeout(() => this.#kill(shell), END_MS)
    await gone
    clearTimeout(impatient)
  }

  #start(): ChildProcess {
    // In a group of its own, so that a program that hangs is ended with its shell.
    const shell = spawn('sh', ['-c', SCRIPT, 'sh', ...this.#argv], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
      env: toolEnv(),
    })
    const forget = () => {
      if (this.#shell === shell) this.#shell = null
    }
    shell.once('exit', forget).once('error', forget)
    // A shell that died says so by its exit.
    shell.stdin.on('error', () => undefined)
    shell.stdout.setEncoding('utf8')
    this.#shell = shell
    return shell
  }

  #ask(shell: ChildProcess): Promise<RepeatedAnswer> {
    // Random, so that no output can be taken for the end of itself.
    const end = randomUUID()
    return new Promise((resolve) => {
      let said = ''
      const settle = (answer: RepeatedAnswer) => {
        clearTimeout(late)
        shell.stdout?.off('data', listen)
        shell.off('close', silence).off('error', silence)
        resolve(answer)
      }
      const silence = () => settle(SILENCE)
      const listen = (words: string) => {
        said += words
        const found = /\n(\S+) (\d+)\n$/.exec(said.slice(-60))
        if (found?.[1] === end) {
          const exitCode = Number(found[2])
          settle({ ok: exitCode === 0, exitCode, stdout: said.slice(0, -found[0].length) })
        } else if (said.length > this.#maxBytes) silence()
      }
      const late = setTimeout(silence, this.#timeoutMs)
      shell.stdout?.on('data', listen)
      shell.once('close', silence).once('error', silence)
      shell.stdin?.write(`${end}\n`)
    })
  }

  /** With its whole group, at once: what it runs only looks. */
  #kill(shell: ChildProcess): void {
    if (this.#shell === shell) this.#shell = null
    if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return
    try {
      process.kill(-shell.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
