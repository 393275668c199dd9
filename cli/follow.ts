import { EventSourceParserStream } from 'eventsource-parser/stream'
import { sleep } from '#lib/async/wait.ts'
import type { Api } from './api.ts'
import { CliError, exits } from './exit.ts'
import type { HubEvent } from './views.ts'

/** Silence after which a stream is dead: the hub says something every 5 s. */
const DEAD_MS = 20_000
const AGAIN_MS = 1000
/** How long a hub may be away while it is followed: a restart takes seconds. */
const PATIENCE_MS = 5 * 60_000

/** A signal that is given when nobody has fed it for a while. */
function watchdog(ms: number) {
  const end = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const feed = () => {
    clearTimeout(timer)
    timer = setTimeout(() => end.abort(new Error('silent')), ms)
  }
  feed()
  return { signal: end.signal, feed, stop: () => clearTimeout(timer) }
}

/**
 * Events after a cursor, each once, in order. A stream that is cut or silent is asked for again from the last one seen.
 * @param query  what to follow: `backup_id=…`
 * @throws CliError when the hub refuses, or stays away for five minutes
 */
export async function* follow(api: Api, query: string, after: string, signal: AbortSignal): AsyncGenerator<HubEvent> {
  let last = after
  let seenAt = performance.now()
  for (;;) {
    const dog = watchdog(DEAD_MS)
    try {
      const headers = { 'last-event-id': last }
      const both = AbortSignal.any([signal, dog.signal])
      const response = await api.fetch('GET', `/events?${query}`, { headers, signal: both })
      const alive = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          dog.feed()
          seenAt = performance.now()
          controller.enqueue(chunk)
        },
      })
      const events = response.body
        ?.pipeThrough(alive)
        .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
        .pipeThrough(new EventSourceParserStream())
      for await (const event of events ?? []) {
        last = event.id ?? last
        yield JSON.parse(event.data) as HubEvent
      }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof CliError && error.status !== exits.unreachable) throw error
      if (performance.now() - seenAt > PATIENCE_MS) throw error
    } finally {
      dog.stop()
    }
    await sleep(AGAIN_MS, signal)
  }
}
