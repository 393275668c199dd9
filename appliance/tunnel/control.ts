import { spawn } from 'node:child_process'
import path from 'node:path'
import { sleep } from '#lib/async/wait.ts'
import { stopProcess } from '#lib/process/daemon.ts'
import { processIdentity } from '#lib/process/procfs.ts'
import { toolEnv } from '#lib/process/run.ts'
import { LineTail } from '#lib/process/tail.ts'
import type { AppliancePaths, HubConfig } from '../config.ts'
import { errorText, type Log } from '../log.ts'
import { readProcess, recordProcess } from '../process-record.ts'
import { sshArgs } from './args.ts'
import { backoffMs, HELD_MS } from './backoff.ts'
import { writeTunnelFiles } from './files.ts'
import { explain, wordsOf } from './problem.ts'

export interface TunnelState {
  state: 'connecting' | 'connected' | 'waiting'
  since: string
  lastError: string | null
}

export interface ControlTunnelOptions {
  paths: AppliancePaths
  hub: HubConfig
  listenHost: string
  apiPort: number
  keepAliveSeconds: number
  log: Log
  /** In [0, 1). */
  random?: () => number
}

/** Keeps the connection to the hub that carries this appliance's API; dials again for ever until disposed. */
export class ControlTunnel implements AsyncDisposable {
  #state: TunnelState = { state: 'connecting', since: new Date().toISOString(), lastError: null }
  readonly #options: ControlTunnelOptions
  readonly #stopping = new AbortController()
  readonly #loop: Promise<void>

  constructor(options: ControlTunnelOptions) {
    this.#options = options
    this.#loop = this.#run()
  }

  get state(): TunnelState {
    return this.#state
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#loop
  }

  #enter(state: TunnelState['state'], lastError = this.#state.lastError): void {
    this.#state = { state, since: new Date().toISOString(), lastError }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    let failures = 0
    while (!signal.aborted) {
      let words: string
      let heldMs = 0
      try {
        ;({ words, heldMs } = await this.#attempt(signal))
      } catch (error) {
        words = error instanceof Error ? error.message : String(error)
        this.#options.log.error('control tunnel', { error: errorText(error) })
      }
      if (signal.aborted) return
      failures = heldMs >= HELD_MS ? 1 : failures + 1
      const pause = backoffMs(failures, (this.#options.random ?? Math.random)())
      this.#enter('waiting', words)
      this.#options.log.warn('control tunnel ended', { words, heldMs: Math.round(heldMs), pauseMs: Math.round(pause) })
      await sleep(pause, signal).catch(() => undefined)
    }
  }

  /** One ssh from its start to its end. */
  async #attempt(signal: AbortSignal): Promise<{ words: string; heldMs: number }> {
    const { paths, hub, listenHost, apiPort, keepAliveSeconds } = this.#options
    this.#enter('connecting')
    const record = path.join(paths.control, 'process.json')
    // One that outlived a former daemon holds our port on the hub.
    const former = await readProcess(record)
    if (former) await stopProcess(former, 1000)

    const forward = { kind: 'remote' as const, hubPort: hub.apiPort, host: listenHost, port: apiPort }
    // Only the debugging level says when the hub has confirmed the forward.
    const files = await writeTunnelFiles(paths.control, paths.controlKey, hub, [forward], {
      logLevel: 'DEBUG1',
      keepAliveSeconds,
    })
    if (signal.aborted) return { words: 'stopped', heldMs: 0 }
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'ssh', ...sshArgs(files.config)], {
      env: toolEnv(),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const stderr = new LineTail()
    const closed = new Promise<void>((resolve) => {
      child.once('close', () => resolve())
      child.once('error', (error) => {
        stderr.push(`${error.message}\n`)
        resolve()
      })
    })
    let connectedAt: number | null = null
    child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString()
      // Debugging lines must not push ssh's own words out of the tail.
      stderr.push(text.replaceAll(/^debug\d:.*\n?/gm, ''))
      if (connectedAt !== null || !text.includes('remote forward success')) return
      connectedAt = performance.now()
      this.#enter('connected')
      this.#options.log.info('control tunnel connected', { hubPort: hub.apiPort })
    })
    const end = () => child.kill('SIGTERM')
    signal.addEventListener('abort', end, { once: true })
    try {
      const identity = child.pid === undefined ? null : await processIdentity(child.pid)
      if (identity) await recordProcess(record, identity)
      await closed
    } finally {
      signal.removeEventListener('abort', end)
      await recordProcess(record, null)
    }
    const words = wordsOf(stderr.lines())
    return {
      words: `${explain(words)}${words.length > 0 ? ` (ssh: ${words.slice(-3).join(' / ')})` : ''}`.slice(0, 1000),
      heldMs: connectedAt === null ? 0 : performance.now() - connectedAt,
    }
  }
}
