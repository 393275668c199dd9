import type { HubEvent } from '#contracts/events.ts'
import { sleep } from '#lib/async/wait.ts'
import { snakeKeys } from './case.ts'

/** A comment is sent when nothing has happened for so long: a stream that is silent for longer is dead. */
export const PING_MS = 5000
/** A stream ends after this, and is asked for again: whoever may no longer read it is refused then. */
const LONGEST_MS = 10 * 60_000

/** One event as the standard writes it. */
export function eventText({ seq, at, jobId, data }: HubEvent): string {
  return `id: ${seq}\nevent: ${data.kind}\ndata: ${JSON.stringify(snakeKeys({ seq, at, jobId, data }))}\n\n`
}

/**
 * Events as a stream of bytes that is pulled: a slow reader holds nothing in memory.
 * @param follow  begins to follow, until the signal aborts
 */
export function eventStream(
  follow: (signal: AbortSignal) => AsyncIterable<HubEvent>,
  gone: AbortSignal,
  pingMs = PING_MS,
): ReadableStream<Uint8Array> {
  const end = new AbortController()
  const signal = AbortSignal.any([gone, end.signal, AbortSignal.timeout(LONGEST_MS)])
  const events = follow(signal)[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  let next: Promise<IteratorResult<HubEvent>> | null = null
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(encoder.encode('retry: 1000\n\n')),
      async pull(controller) {
        next ??= events.next()
        const awake = new AbortController()
        const ping = sleep(pingMs, awake.signal).then(
          () => 'ping' as const,
          () => 'ping' as const,
        )
        const first = await Promise.race([next, ping]).finally(() => awake.abort())
        if (first === 'ping') return controller.enqueue(encoder.encode(': ping\n\n'))
        next = null
        if (first.done || signal.aborted) controller.close()
        else controller.enqueue(encoder.encode(eventText(first.value)))
      },
      cancel: () => end.abort(),
    },
    { highWaterMark: 1 },
  )
}
