/** How the tab's event stream is. Times are milliseconds since 1970. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'reconnecting'; since: number }
  /** What is shown may be out of date since then. */
  | { state: 'stale'; since: number }

/** Silence that is normal while a web process restarts. */
export const STALE_AFTER_MS = 8000

/** A value that components can watch. */
export class ConnectionStore {
  #value: Connection = { state: 'connecting' }
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #watchers = new Set<() => void>()

  get = (): Connection => this.#value
  watch = (callback: () => void): (() => void) => {
    this.#watchers.add(callback)
    return () => this.#watchers.delete(callback)
  }

  up(): void {
    clearTimeout(this.#timer)
    this.#set({ state: 'live' })
  }

  /** Connection lost or not made; repeated calls keep the first time. */
  down(now = Date.now()): void {
    if (this.#value.state === 'reconnecting' || this.#value.state === 'stale') return
    this.#set({ state: 'reconnecting', since: now })
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#set({ state: 'stale', since: now }), STALE_AFTER_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #set(value: Connection): void {
    this.#value = value
    for (const watcher of this.#watchers) watcher()
  }
}
