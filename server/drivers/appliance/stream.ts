import { ProblemError } from '#contracts/problem.ts'
import { problemOf, unreachable } from './problem.ts'
import { ask, type Endpoint, readText } from './request.ts'

export interface StreamOptions {
  path: string
  /** Milliseconds until the head of the answer is there, and between two pieces of it. */
  silenceMs: number
  signal: AbortSignal
}

/**
 * The pieces of an answer: first an empty one when it is open, then each as it comes.
 * @throws ProblemError `appliance_unreachable` when nothing came for `silenceMs`; what the appliance refused with; the signal's reason
 */
export async function* pieces(
  endpoint: Endpoint,
  { path, silenceMs, signal }: StreamOptions,
): AsyncGenerator<Buffer, void> {
  const question = { method: 'GET', path, timeoutMs: silenceMs, signal } as const
  const message = await ask(endpoint, question)
  const status = message.statusCode ?? 0
  if (status < 200 || status > 299) throw problemOf(path, status, await readText(endpoint, message, question))
  const silent = () => message.destroy(unreachable(endpoint, `it fell silent for ${silenceMs} ms`))
  let timer = setTimeout(silent, silenceMs)
  const abort = () => message.destroy(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    yield Buffer.alloc(0)
    for await (const piece of message as AsyncIterable<Buffer>) {
      clearTimeout(timer)
      yield piece
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
