/** A range that reads as zeros. */
export interface ZeroRun {
  from: number
  to: number
}

/** Requests longer than this are not joined any further. */
const LONG_BYTES = 64 * 1024 * 1024
const MAX_RUNS = 16

/** Joins neighbouring ranges of zeros that become known in nearly ascending order, so that few requests make them. */
export class ZeroRuns {
  readonly #runs: ZeroRun[] = []

  /** Adds a range that touches or overlaps none but at its ends. @returns what is to be sent now */
  add(from: number, to: number): ZeroRun | null {
    const before = this.#runs.find((run) => run.to === from)
    const after = this.#runs.find((run) => run.from === to)
    const joined = before ?? after ?? { from, to }
    if (before && after) {
      before.to = after.to
      this.#runs.splice(this.#runs.indexOf(after), 1)
    } else if (before) before.to = to
    else if (after) after.from = from
    else this.#runs.push(joined)
    if (joined.to - joined.from >= LONG_BYTES) return this.#take(this.#runs.indexOf(joined))
    return this.#runs.length > MAX_RUNS ? this.#take(0) : null
  }

  #take(index: number): ZeroRun {
    return this.#runs.splice(index, 1)[0] as ZeroRun
  }

  /** Everything that is held. */
  drain(): ZeroRun[] {
    return this.#runs.splice(0)
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0
  }
}
