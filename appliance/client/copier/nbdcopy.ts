import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import { toolEnv, toolReport } from '#lib/process/run.ts'
import { LineTail } from '#lib/process/tail.ts'
import type { Copier, CopyRequest, CopyResult } from './copier.ts'
import { bestRequestBytes, defaultConnections, nbdcopyArgs, PROGRESS_FD, parseProgress } from './nbdcopy-args.ts'

/** Pause between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 1000

/** libnbd's nbdcopy, in a process of its own that ends when we do. */
export class Nbdcopy implements Copier {
  readonly #connections: number

  constructor(connections = defaultConnections(availableParallelism())) {
    this.#connections = connections
  }

  requestBytes = bestRequestBytes

  copy(request: CopyRequest): Promise<CopyResult> {
    const args = nbdcopyArgs(
      { ...request, listed: request.extents !== null },
      { requestBytes: request.requestBytes, connections: this.#connections },
    )
    if (request.signal.aborted)
      return Promise.resolve({ ok: false, tool: toolReport('nbdcopy', args, {}, ['not started: the job was stopped']) })
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nbdcopy', ...args], {
      cwd: request.cwd,
      env: toolEnv({ [MARK_VARIABLE]: request.mark }),
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    if (child.pid !== undefined) request.onStarted?.(child.pid)
    const stderr = new LineTail()
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
    watchProgress(child.stdio[PROGRESS_FD] as Readable | null, request)

    let forced: NodeJS.Timeout | undefined
    const stop = () => {
      child.kill('SIGTERM')
      forced = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    }
    request.signal.addEventListener('abort', stop, { once: true })
    return new Promise((resolve) => {
      const end = (exitCode: number | null, signal: string | null) => {
        clearTimeout(forced)
        request.signal.removeEventListener('abort', stop)
        resolve({ ok: exitCode === 0, tool: toolReport('nbdcopy', args, { exitCode, signal }, stderr.lines()) })
      }
      child.once('error', (error) => {
        stderr.push(`${error.message}\n`)
        end(null, null)
      })
      child.once('close', end)
    })
  }
}

/** The 100/100 line is written after the last write and before the flush. */
function watchProgress(stream: Readable | null, request: CopyRequest): void {
  let rest = ''
  let flushing = false
  stream?.on('data', (chunk: Buffer) => {
    const parsed = parseProgress(rest + chunk.toString())
    rest = parsed.rest.slice(-100)
    const percent = parsed.percents.at(-1)
    if (percent === undefined) return
    request.onProgress(percent / 100)
    if (percent < 100 || flushing) return
    flushing = true
    request.onFlushing()
  })
}
