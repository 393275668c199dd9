/** A clock that never goes back, and its alarm. Tests bring their own. */
export interface SteadyClock {
  /** Milliseconds since some moment of its own. */
  now(): number
  /** Calls `run` once, `ms` milliseconds from now or a little later. Answers how to forget it. */
  after(ms: number, run: () => void): () => void
}

export const steadyClock: SteadyClock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
