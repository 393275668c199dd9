import type { SteadyClock } from '../clock.ts'

/** A clock that stands until it is moved; its alarms go off in order. */
export class FakeClock implements SteadyClock {
  #now = 0
  #alarms: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const alarm = { at: this.#now + ms, run }
    this.#alarms.push(alarm)
    return () => {
      this.#alarms = this.#alarms.filter((each) => each !== alarm)
    }
  }

  /** Moves on by `ms`, from alarm to alarm; what was promised meanwhile is settled. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settled()
      const next = this.#alarms.toSorted((a, b) => a.at - b.at)[0]
      if (!next || next.at > end) break
      this.#alarms = this.#alarms.filter((each) => each !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = end
    await settled()
  }
}

/** Lets every promise that is settled tell it. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
