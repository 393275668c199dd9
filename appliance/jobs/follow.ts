import { watch } from 'node:fs'
import type { JobReport } from '#contracts/appliance.ts'
import { jobReportSchema } from '#contracts/appliance.ts'
import { exists } from '../files.ts'
import { readLines } from './report-file.ts'

/** A change that inotify did not tell is noticed after this long. */
const RECHECK_MS = 1000

/**
 * The reports after `after`, then each new one as it is written, until `client-ended`, the end of the job
 * (its file is gone) or the abort of the signal. Answers null after `idleMs` without a report: time for a ping.
 */
export async function* followReports(
  file: string,
  after: number,
  options: { signal: AbortSignal; idleMs: number },
): AsyncGenerator<JobReport | null> {
  const bell = new Bell()
  const watcher = watch(file, { persistent: false }, () => bell.ring())
  watcher.on('error', () => bell.ring())
  const onAbort = () => bell.ring()
  options.signal.addEventListener('abort', onAbort, { once: true })
  try {
    let position = 0
    let quietSince = performance.now()
    while (!options.signal.aborted) {
      const chunk = await readLines(file, position).catch(async (error: unknown) => {
        if (await exists(file)) throw error
        return null
      })
      if (chunk === null) return
      position = chunk.position
      for (const line of chunk.lines) {
        const report = jobReportSchema.parse(JSON.parse(line))
        if (report.seq > after) {
          yield report
          quietSince = performance.now()
        }
        if (report.type === 'client-ended') return
      }
      if (chunk.lines.length > 0) continue
      const left = options.idleMs - (performance.now() - quietSince)
      if (left <= 0) {
        yield null
        quietSince = performance.now()
      } else await bell.wait(Math.min(left, RECHECK_MS))
    }
  } finally {
    options.signal.removeEventListener('abort', onAbort)
    watcher.close()
  }
}

/** Remembers a ring until somebody waits, so that a change between a read and the wait is not lost. */
class Bell {
  #rung = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    this.#rung = false
    this.#wake = null
  }
}
