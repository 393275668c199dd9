/**
 * Does something for a thing at once, then at most once in `everyMs` for as long as it is asked for more often: the
 * last word is never lost, only late.
 */
export class Coalesced<T> {
  readonly #act: (thing: T) => void
  readonly #everyMs: number
  readonly #resting = new Map<T, ReturnType<typeof setTimeout>>()
  readonly #waiting = new Set<T>()

  constructor(act: (thing: T) => void, everyMs: number) {
    this.#act = act
    this.#everyMs = everyMs
  }

  add(things: Iterable<T>): void {
    for (const thing of things) {
      if (this.#resting.has(thing)) this.#waiting.add(thing)
      else this.#do(thing)
    }
  }

  stop(): void {
    for (const timer of this.#resting.values()) clearTimeout(timer)
    this.#resting.clear()
    this.#waiting.clear()
  }

  #do(thing: T): void {
    const rested = () => {
      this.#resting.delete(thing)
      if (this.#waiting.delete(thing)) this.#do(thing)
    }
    this.#resting.set(thing, setTimeout(rested, this.#everyMs))
    this.#act(thing)
  }
}
