import type { HubEvent } from '#contracts/events.ts'
import { isAfter } from './cursor.ts'

/**
 * The last events a tab saw. A page that was rendered at an older cursor is brought up to date from here. Bounded:
 * figures of a job replace its older ones, and beyond `limit` the oldest go.
 */
export class RecentEvents {
  #events: HubEvent[] = []
  /** Everything after this cursor is known. */
  #from: string
  #newest: string
  readonly #limit: number

  constructor(from: string, limit = 1000) {
    this.#from = from
    this.#newest = from
    this.#limit = limit
  }

  get newest(): string {
    return this.#newest
  }

  /** @returns false when the event was seen before */
  add(event: HubEvent): boolean {
    if (!isAfter(event.seq, this.#newest)) return false
    const figures = event.data.kind === 'job.progress'
    const kept = figures
      ? this.#events.filter(({ data, jobId }) => data.kind !== 'job.progress' || jobId !== event.jobId)
      : this.#events
    this.#events = [...kept, event]
    while (this.#events.length > this.#limit) {
      const dropped = this.#events.shift()
      if (dropped) this.#from = dropped.seq
    }
    this.#newest = event.seq
    return true
  }

  /** All that is remembered, in order. */
  all(): HubEvent[] {
    return this.#events
  }

  /** The events after the cursor, in order; null when some of them are forgotten. */
  after(cursor: string): HubEvent[] | null {
    if (isAfter(this.#from, cursor)) return null
    return this.#events.filter(({ seq }) => isAfter(seq, cursor))
  }
}
