/**
 * Counts failed tries per name in a sliding window, so that guessing one account's password is slow whatever address
 * the guesses claim to come from. Bounded: the oldest name is forgotten first.
 */
export class Attempts {
  readonly #failures = new Map<string, number[]>()
  readonly #limit: { tries: number; windowMs: number; names: number }
  readonly #now: () => number

  constructor(limit: { tries: number; windowMs: number; names: number }, now: () => number = Date.now) {
    this.#limit = limit
    this.#now = now
  }

  #recent(name: string): number[] {
    const since = this.#now() - this.#limit.windowMs
    return (this.#failures.get(name) ?? []).filter((at) => at > since)
  }

  /** Milliseconds until the next try is allowed; 0: now. */
  waitMs(name: string): number {
    const recent = this.#recent(name)
    const first = recent[0]
    if (first === undefined || recent.length < this.#limit.tries) return 0
    return first + this.#limit.windowMs - this.#now()
  }

  failed(name: string): void {
    const recent = [...this.#recent(name), this.#now()].slice(-this.#limit.tries)
    this.#failures.delete(name)
    this.#failures.set(name, recent)
    const oldest = this.#failures.keys().next()
    if (this.#failures.size > this.#limit.names && !oldest.done) this.#failures.delete(oldest.value)
  }

  succeeded(name: string): void {
    this.#failures.delete(name)
  }
}
