import { StringDecoder } from 'node:string_decoder'
import { unreachable } from './problem.ts'
import type { Endpoint } from './request.ts'
import { pieces } from './stream.ts'

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
  const decoder = new StringDecoder('utf8')
  let open = false
  let rest = ''
  for await (const piece of pieces(endpoint, { path, silenceMs, signal })) {
    if (!open) yield { text: '', openedMs: performance.now() - began }
    open = true
    const parts = (rest + decoder.write(piece)).split('\n')
    rest = parts.pop() ?? ''
    if (rest.length > MAX_LINE) throw unreachable(endpoint, 'it sent a line without end')
    for (const text of parts) yield { text }
  }
}
