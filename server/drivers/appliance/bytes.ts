import { ProblemError } from '#contracts/problem.ts'
import { problemOf, unreachable } from './problem.ts'
import { ask, type Endpoint, readText } from './request.ts'

/**
 * A stream of exactly `length` bytes.
 * @throws ProblemError `appliance_unreachable` when it is shorter or longer, or nothing came for `silenceMs`; the signal's reason
 */
export async function* bytes(
  endpoint: Endpoint,
  { path, length, silenceMs, signal }: { path: string; length: number; silenceMs: number; signal: AbortSignal },
): AsyncGenerator<Buffer, void> {
  const question = { method: 'GET', path, timeoutMs: silenceMs, signal } as const
  const message = await ask(endpoint, question)
  const status = message.statusCode ?? 0
  if (status < 200 || status > 299) throw problemOf(path, status, await readText(endpoint, message, question))
  const silent = () => message.destroy(unreachable(endpoint, `it fell silent for ${silenceMs} ms`))
  let timer = setTimeout(silent, silenceMs)
  const abort = () => message.destroy(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  let got = 0
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      clearTimeout(timer)
      got += chunk.length
      if (got > length) throw unreachable(endpoint, `it sent more than the ${length} bytes that were asked for`)
      yield chunk
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
  if (got < length) throw unreachable(endpoint, `it sent ${got} of ${length} bytes`)
}
