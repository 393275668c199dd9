import { type SteadyClock, steadyClock } from './clock.ts'
import type { Limiter } from './job-limiter.ts'

/** A disk that waits for the limit in this share of a look's time is held by it. */
const HELD_SHARE = 0.5

/** The limiter of one disk, which remembers how long the disk waited. */
export interface HeldLimiter extends Limiter {
  /** Whether the limit held this disk up since the last call; null: no time has passed. Call once a second. */
  held(): boolean | null
}

/** Watches how long one disk waits for the limit: `limited` in the reports of its job. */
export function heldLimiter(limiter: Limiter, clock: SteadyClock = steadyClock): HeldLimiter {
  let waiting = 0
  let since = 0
  let waitedMs = 0
  let lookedAt = clock.now()
  const leave = () => {
    waiting -= 1
    if (waiting === 0) waitedMs += clock.now() - since
  }
  return {
    take(bytes, signal) {
      const turn = limiter.take(bytes, signal)
      if (turn === null) return null
      if (waiting === 0) since = clock.now()
      waiting += 1
      return turn.finally(leave)
    },
    get bytesPerSecond() {
      return limiter.bytesPerSecond
    },
    held() {
      const now = clock.now()
      const lasted = now - lookedAt
      const waited = waitedMs + (waiting > 0 ? now - since : 0)
      lookedAt = now
      waitedMs = 0
      since = now
      return lasted <= 0 ? null : waited / lasted >= HELD_SHARE
    },
  }
}
