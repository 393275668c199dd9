import { type ExtentWindow, isData } from '#lib/nbd/extents.ts'
import { LEAF_BYTES, leavesOf } from './leaf.ts'

/** Whole leaves to read at once. */
export interface Stretch {
  offset: number
  /** Ends at the disk's end, where the last leaf is shorter. */
  length: number
}

export interface PlanOptions {
  sizeBytes: number
  /** The next window of block status in order, null at the end. */
  nextWindow: () => Promise<ExtentWindow | null>
  requestBytes: number
  /** Leaves with data that are to be read. */
  wants: (leaf: number) => boolean
  /** Leaves without data that are to be read all the same; by default none, and nobody is asked. */
  wantsHole?: (leaf: number) => boolean
  /** Told of leaves that hold no data, in order. */
  onHole?: (first: number, count: number) => void
}

interface Run {
  /** Leaves from, to. */
  from: number
  to: number
  data: boolean
}

/**
 * What to read of a disk, in order: data extents rounded out to whole leaves, joined where they touch, cut to the length of a request.
 * Holds the window in use and the next one, so its memory does not grow with the disk.
 */
export class LeafPlan {
  readonly #options: PlanOptions
  readonly #leaves: number
  #window: ExtentWindow | null = null
  /** Of the window: next pair, and where it begins on the disk. */
  #pair = 0
  #position = 0
  #ahead: Promise<ExtentWindow | null> | null = null
  #ended = false
  /** What comes next, in this order: a run of data, the holes behind it, and the run of data that may still grow. */
  #ready: Run | null = null
  #holes: Run | null = null
  #open: Run | null = null
  /** First leaf of which nothing is decided. */
  #decided = 0
  #holeBytes = 0

  constructor(options: PlanOptions) {
    this.#options = options
    this.#leaves = leavesOf(options.sizeBytes)
  }

  /** Bytes of the leaves passed so far that are holes by the source's word. */
  get holeBytes(): number {
    return this.#holeBytes
  }

  /** The next stretch; `more` when {@link advance} must be awaited first, `end` after the last. */
  next(): Stretch | 'more' | 'end' {
    for (;;) {
      const stretch = this.#cut()
      if (stretch) return stretch
      if (this.#ended && !this.#open) return 'end'
      if (this.#ended) this.#close()
      else if (!this.#extent()) return 'more'
    }
  }

  /** Waits for the next window of block status, and asks for the one behind it. */
  async advance(): Promise<void> {
    const window = await (this.#ahead ?? this.#options.nextWindow())
    this.#ahead = null
    this.#window = window
    this.#pair = 0
    this.#position = window?.offset ?? 0
    if (window === null) this.#finish()
    else {
      this.#ahead = this.#options.nextWindow()
      // It is told to whoever awaits it.
      this.#ahead.catch(() => {})
    }
  }

  /** Takes one extent of the window. False: there is none. */
  #extent(): boolean {
    const pairs = this.#window?.pairs
    if (!pairs || this.#pair >= pairs.length) return false
    const from = this.#position
    const to = Math.min(from + (pairs[this.#pair] as number), this.#options.sizeBytes)
    const data = isData('base:allocation', pairs[this.#pair + 1] as number)
    this.#pair += 2
    this.#position = to
    if (data && to > from) this.#data(Math.floor(from / LEAF_BYTES), leavesOf(to))
    return true
  }

  /** The leaves [from, to) hold data; `from` may lie in the run before. */
  #data(from: number, to: number): void {
    if (from > this.#decided) {
      this.#close()
      this.#hole(from)
    }
    if (this.#open) this.#open.to = to
    else if (to > this.#decided) this.#open = { from: this.#decided, to, data: true }
    this.#decided = Math.max(this.#decided, to)
  }

  #hole(to: number): void {
    this.#holeBytes += Math.min(to * LEAF_BYTES, this.#options.sizeBytes) - this.#decided * LEAF_BYTES
    this.#options.onHole?.(this.#decided, to - this.#decided)
    if (this.#options.wantsHole) this.#holes = { from: this.#decided, to, data: false }
    this.#decided = to
  }
  #close(): void {
    this.#ready = this.#open
    this.#open = null
  }

  #finish(): void {
    this.#ended = true
    if (this.#decided < this.#leaves) {
      this.#close()
      this.#hole(this.#leaves)
    }
  }

  #cut(): Stretch | null {
    const most = Math.max(1, Math.floor(this.#options.requestBytes / LEAF_BYTES))
    for (const run of [this.#ready, this.#holes, this.#open]) {
      if (!run || (run === this.#open && run.to - run.from < most)) continue
      const stretch = this.#take(run, most)
      if (stretch) return stretch
    }
    this.#ready = null
    this.#holes = null
    if (this.#open && this.#open.from === this.#open.to) this.#open = null
    return null
  }

  /** Cuts the next wanted leaves off the front of a run. */
  #take(run: Run, most: number): Stretch | null {
    const wants = run.data ? this.#options.wants : (this.#options.wantsHole as (leaf: number) => boolean)
    while (run.from < run.to && !wants(run.from)) run.from += 1
    if (run.from === run.to) return null
    const first = run.from++
    while (run.from < run.to && run.from - first < most && wants(run.from)) run.from += 1
    const offset = first * LEAF_BYTES
    return { offset, length: Math.min(run.from * LEAF_BYTES, this.#options.sizeBytes) - offset }
  }
}
