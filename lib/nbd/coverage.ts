import { LIMIT } from './wire.ts'

/**
 * Which bytes of one read have arrived. Pieces in order cost one addition; those ahead of their place are kept in a sorted list that is
 * bounded, so that a server cannot make it grow.
 */
export class Coverage {
  /** Everything before it is there. */
  #front = 0
  /** Disjoint, sorted, none touches the front or another: from, to, from, to … */
  readonly #ahead: number[] = []

  /** Marks [from, to) as arrived. @returns what is wrong with that, or null */
  take(from: number, to: number): string | null {
    if (from < this.#front) return 'it sent bytes of a read twice'
    if (from === this.#front && this.#ahead.length === 0) {
      this.#front = to
      return null
    }
    return this.#insert(from, to)
  }

  #insert(from: number, to: number): string | null {
    const list = this.#ahead
    let low = 0
    let high = list.length / 2
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((list[2 * middle] as number) < from) low = middle + 1
      else high = middle
    }
    const before = low > 0 ? (list[2 * low - 1] as number) : this.#front
    const after = list[2 * low] ?? Number.POSITIVE_INFINITY
    if (from < before || to > after) return 'it sent bytes of a read twice'
    const joinsBefore = low > 0 && from === before
    const joinsAfter = to === after
    if (joinsBefore && joinsAfter) list.splice(2 * low - 1, 2)
    else if (joinsBefore) list[2 * low - 1] = to
    else if (joinsAfter) list[2 * low] = from
    else list.splice(2 * low, 0, from, to)
    if (list[0] === this.#front) {
      this.#front = list[1] as number
      list.splice(0, 2)
    }
    return list.length / 2 > LIMIT.scattered ? 'it cut a read into too many pieces' : null
  }

  /** True when exactly [0, length) has arrived. */
  isWhole(length: number): boolean {
    return this.#front === length && this.#ahead.length === 0
  }
}
