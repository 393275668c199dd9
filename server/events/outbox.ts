import type { HubEvent } from '#contracts/events.ts'
import type { PrismaClient } from '../db/client.ts'
import { eventsAfter } from '../db/events.ts'
import type { DatabaseListener } from '../db/listen.ts'

const BATCH = 200

/** A signal that may be given before anybody waits for it, once or often: one wait takes them all. */
class Wake {
  #given = false
  #waiting: (() => void) | null = null
  give = (): void => {
    this.#given = true
    this.#waiting?.()
  }
  async wait(): Promise<void> {
    if (!this.#given) await new Promise<void>((resolve) => (this.#waiting = resolve))
    this.#waiting = null
    this.#given = false
  }
}

/**
 * Every event after the cursor, then each new one, in order and none twice. The reader pulls from the table,
 * so a slow one holds nothing in memory and slows nobody down.
 */
export async function* followEvents(
  prisma: PrismaClient,
  listener: DatabaseListener,
  after: string,
  signal: AbortSignal,
): AsyncGenerator<HubEvent> {
  const wake = new Wake()
  const off = listener.on('sendense_events', wake.give)
  signal.addEventListener('abort', wake.give, { once: true })
  let cursor = after
  try {
    while (!signal.aborted) {
      const events = await eventsAfter(prisma, cursor, BATCH)
      for (const event of events) {
        cursor = event.seq
        yield event
        if (signal.aborted) return
      }
      if (events.length < BATCH) await wake.wait()
    }
  } finally {
    off()
    signal.removeEventListener('abort', wake.give)
  }
}
