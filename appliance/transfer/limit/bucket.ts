import { type SteadyClock, steadyClock } from './clock.ts'

/** The largest request of a copy: a bucket holds at least one. */
export const REQUEST_BYTES = 1024 * 1024
/** How much of a second may be sent at once after a pause. */
const BURST_SECONDS = 0.25
/** A timer of more than 24 days would go off at once. */
const LONGEST_WAIT_MS = 3_600_000

/** What a bucket of this rate holds at most, in bytes. */
export const burstOf = (bytesPerSecond: number) => Math.max(REQUEST_BYTES, bytesPerSecond * BURST_SECONDS)

interface Waiter {
  bytes: number
  go(): void
  fail(reason: unknown): void
}

/**
 * Lets bytes through at a rate that may change at any time. Over any stretch of t seconds it lets through at most
 * rate · t + {@link burstOf}, and one request more when requests are larger than the burst. First come, first served: a large request is not
 * overtaken by small ones.
 */
export class TokenBucket {
  readonly #clock: SteadyClock
  readonly #queue: Waiter[] = []
  #rate: number | null
  /** Bytes that may go now. Below zero after a request larger than the burst. */
  #tokens: number
  #at: number
  #forget: (() => void) | null = null
  #closed: { reason: unknown } | null = null

  /** @param bytesPerSecond above zero; null: no limit */
  constructor(bytesPerSecond: number | null, clock: SteadyClock = steadyClock) {
    this.#clock = clock
    this.#rate = checked(bytesPerSecond)
    this.#tokens = bytesPerSecond === null ? 0 : burstOf(bytesPerSecond)
    this.#at = clock.now()
  }

  get bytesPerSecond(): number | null {
    return this.#rate
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.#queue.length
  }

  /**
   * Asks to let `bytes` through.
   * @returns null: at once. Otherwise a promise that resolves when they may go, and rejects with the signal's reason when it aborts
   * @throws RangeError when `bytes` is no size; the reason of {@link close} afterwards
   */
  take(bytes: number, signal?: AbortSignal): Promise<void> | null {
    if (!(bytes >= 0 && bytes < Number.POSITIVE_INFINITY)) throw new RangeError(`${bytes} is no number of bytes`)
    if (this.#closed) throw this.#closed.reason
    signal?.throwIfAborted()
    if (bytes === 0 || this.#rate === null) return null
    if (this.#queue.length === 0 && this.#grant(bytes)) return null
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { bytes, go: resolve, fail: reject }
      if (signal) {
        const leave = () => {
          const place = this.#queue.indexOf(waiter)
          if (place < 0) return
          this.#queue.splice(place, 1)
          reject(signal.reason)
          this.#serve()
        }
        const done = () => signal.removeEventListener('abort', leave)
        signal.addEventListener('abort', leave, { once: true })
        waiter.go = () => {
          done()
          resolve()
        }
        waiter.fail = (reason) => {
          done()
          reject(reason)
        }
      }
      this.#queue.push(waiter)
      this.#serve()
    })
  }

  /** The new rate holds from now on, for those who wait too. */
  set(bytesPerSecond: number | null): void {
    const rate = checked(bytesPerSecond)
    if (rate === this.#rate) return
    this.#fill()
    // What went without a limit was never saved up.
    const saved = this.#rate === null ? 0 : this.#tokens
    this.#rate = rate
    this.#tokens = rate === null ? 0 : Math.min(saved, burstOf(rate))
    this.#serve()
  }

  /** Nothing goes through any more: who waits is refused with this reason, and so is whoever asks. */
  close(reason: unknown): void {
    this.#closed ??= { reason }
    this.#forget?.()
    this.#forget = null
    for (const waiter of this.#queue.splice(0)) waiter.fail(reason)
  }

  #fill(): void {
    const now = this.#clock.now()
    if (this.#rate !== null) {
      const grown = this.#tokens + ((now - this.#at) / 1000) * this.#rate
      this.#tokens = Math.min(burstOf(this.#rate), grown)
    }
    this.#at = now
  }

  #grant(bytes: number): boolean {
    if (this.#rate === null) return true
    this.#fill()
    if (this.#tokens < Math.min(bytes, burstOf(this.#rate))) return false
    this.#tokens -= bytes
    return true
  }

  /** Lets go whoever may, in order, and comes back when the next one may. */
  #serve(): void {
    this.#forget?.()
    this.#forget = null
    for (let first = this.#queue[0]; first; first = this.#queue[0]) {
      if (!this.#grant(first.bytes)) break
      this.#queue.shift()
      first.go()
    }
    const [next] = this.#queue
    if (!next || this.#rate === null) return
    const lacking = Math.min(next.bytes, burstOf(this.#rate)) - this.#tokens
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(1, Math.ceil((lacking / this.#rate) * 1000)))
    this.#forget = this.#clock.after(wait, () => this.#serve())
  }
}

function checked(bytesPerSecond: number | null): number | null {
  if (bytesPerSecond === null || (bytesPerSecond > 0 && bytesPerSecond < Number.POSITIVE_INFINITY))
    return bytesPerSecond
  throw new RangeError(`${bytesPerSecond} is no rate`)
}
