/** A forecast looks back this far: one second alone says little. */
const LOOK_BACK_MS = 60_000
/** Less is no forecast. */
const LEAST_MS = 5000

/** The mean rate of the last minute of a copy. */
export class RecentRate {
  readonly #looks: { at: number; done: number }[] = []

  /**
   * @param now   milliseconds of a steady clock
   * @param done  bytes that are copied by now; less than before: the copy began again, and so does this
   * @returns bytes a second; null while too little is known
   */
  look(now: number, done: number): number | null {
    if (done < (this.#looks.at(-1)?.done ?? 0)) this.#looks.length = 0
    this.#looks.push({ at: now, done })
    while ((this.#looks[1]?.at ?? now) <= now - LOOK_BACK_MS) this.#looks.shift()
    const [first] = this.#looks
    if (!first || now - first.at < LEAST_MS) return null
    return ((done - first.done) * 1000) / (now - first.at)
  }
}
