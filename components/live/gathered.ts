/** Hands on in one piece, in order, what comes within `ms` of the first: many small changes become one. */
export class Gathered<T> {
  readonly #act: (things: T[]) => void
  readonly #ms: number
  #waiting: T[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(act: (things: T[]) => void, ms: number) {
    this.#act = act
    this.#ms = ms
  }

  add(thing: T): void {
    this.#waiting.push(thing)
    this.#timer ??= setTimeout(() => this.flush(), this.#ms)
  }

  /** Hands on what waits, now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const things = this.#waiting
    this.#waiting = []
    if (things.length > 0) this.#act(things)
  }

  /** Forgets what waits. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
  }
}
