/** How long a job is kept for a hub that stays away, in milliseconds. */
export interface LeaseTerms {
  /** While its client copies: the hub's engine may be down for long, and the copy is worth waiting for. */
  copyingMs: number
  /** Before the copy and after it: the source stays frozen for nothing. */
  idleMs: number
}

/** What a job is, as far as its lease goes. */
export type LeaseKind = 'copying' | 'idle'

/**
 * When the hub was last heard of. Any request with the token counts, and so does every second that a report stream or
 * the heartbeat is open: one hub that is there renews the lease of all its jobs. A daemon that starts begins anew.
 */
export class Lease {
  readonly #now: () => number
  #heardAt: number
  #open = 0

  /** @param now milliseconds of a steady clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#heardAt = now()
  }

  /** The hub asked something. */
  touch(): void {
    this.#heardAt = this.#now()
  }

  /** The hub holds a connection open, until disposed. */
  hold(): Disposable {
    this.touch()
    this.#open++
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        this.#open--
        this.touch()
      },
    }
  }

  /** How long nothing was heard, in milliseconds. */
  silentMs(): number {
    return this.#open > 0 ? 0 : this.#now() - this.#heardAt
  }

  isOver(kind: LeaseKind, { copyingMs, idleMs }: LeaseTerms): boolean {
    return this.silentMs() >= (kind === 'copying' ? copyingMs : idleMs)
  }
}
