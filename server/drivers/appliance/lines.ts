import { ProblemError } from '#contracts/problem.ts'
import { problemOf, unreachable } from './problem.ts'
import { ask, type Endpoint, readText } from './request.ts'

/** One line of a report or heartbeat is never longer (a tool's last 50 lines of stderr are 100 KiB). */
const MAX_LINE = 1024 * 1024

export interface Line {
  text: string
  /** Milliseconds from asking to the head of the answer; only on the first, which is always empty. */
  openedMs?: number
}

/**
 * Opens a stream of lines: first an empty one when it is open, then each line as it comes.
 * @throws ProblemError `appliance_unreachable` when nothing came for `silenceMs`; the signal's reason when aborted
 */
export async function* lines(
  endpoint: Endpoint,
  path: string,
  silenceMs: number,
  signal: AbortSignal,
): AsyncGenerator<Line, void> {
  const began = performance.now()
  const question = { method: 'GET', path, timeoutMs: silenceMs, signal } as const
  const message = await ask(endpoint, question)
  const status = message.statusCode ?? 0
  if (status < 200 || status > 299) throw problemOf(path, status, await readText(endpoint, message, question))
  const silent = () => message.destroy(unreachable(endpoint, `it fell silent for ${silenceMs} ms`))
  let timer = setTimeout(silent, silenceMs)
  const abort = () => message.destroy(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  let rest = ''
  try {
    yield { text: '', openedMs: performance.now() - began }
    for await (const chunk of message.setEncoding('utf8') as AsyncIterable<string>) {
      clearTimeout(timer)
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      if (rest.length > MAX_LINE) throw unreachable(endpoint, 'it sent a line without end')
      for (const text of parts) yield { text }
      timer = setTimeout(silent, silenceMs)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof ProblemError ? error : unreachable(endpoint, (error as Error).message, error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    message.destroy()
  }
  signal.throwIfAborted()
}
