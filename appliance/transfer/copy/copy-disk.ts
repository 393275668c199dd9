import { ExtentWindows } from '#lib/nbd/extents.ts'
import { checkSource, checkTarget } from './checks.ts'
import { Connections } from './connections.ts'
import { type CopySide, onSide } from './error.ts'
import { LateDigests } from './late-digests.ts'
import { DIGEST_BYTES, isZero, LEAF_BYTES, leafDigest, ZERO_LEAF } from './leaf.ts'
import { type CopyOptions, DEFAULTS } from './options.ts'
import { LeafPlan, type Stretch } from './plan.ts'
import { type ZeroRun, ZeroRuns } from './zero-runs.ts'

/** Zero requests without an answer; more wait, and reading with them. */
const MAX_ZEROINGS = 32

/** One buffer on its way: read, hashed, written. */
interface Slot {
  buffer: Buffer
  digests: Buffer
  offset: number
  length: number
  writes: number
}

/**
 * Copies one disk from one NBD export to another: data extents rounded out to leaves of 64 KiB, each hashed from the buffer that the read
 * filled before that is handed to the write; zeros as requests, holes not at all. All connections are closed when it returns.
 * @throws CopyError with the side it happened on; what `onFlushed` or another callback threw; the signal's reason
 */
export async function copyDisk(options: CopyOptions): Promise<{ ended: 'complete' }> {
  options.signal.throwIfAborted()
  const copy = new DiskCopy(options)
  const abort = () => copy.fail(options.signal.reason)
  options.signal.addEventListener('abort', abort, { once: true })
  try {
    await copy.run()
    return { ended: 'complete' }
  } finally {
    options.signal.removeEventListener('abort', abort)
  }
}

class DiskCopy {
  readonly #options: CopyOptions
  readonly #source: Connections
  readonly #target: Connections
  readonly #digests: LateDigests
  readonly #zeros = new ZeroRuns()
  readonly #free: Slot[] = []
  readonly #requestBytes: number
  readonly #finished = Promise.withResolvers<void>()
  #plan: LeafPlan | null = null
  /** Something that {@link #pump} waits for will call it again. */
  #waits = false
  #ended = false
  #over = false
  #slots = 0
  #reading = 0
  #zeroings = 0
  #flushing = false
  #unflushedBytes = 0
  /** Read, and not yet acknowledged: of this run, where `progress` may count several. */
  #waitingBytes = 0
  #timer: NodeJS.Timeout | null = null

  constructor(options: CopyOptions) {
    this.#options = options
    const lost = (error: unknown) => this.fail(error)
    this.#source = new Connections('source', lost)
    this.#target = new Connections('target', lost)
    this.#digests = new LateDigests(options.digests)
    const asked = options.requestBytes ?? DEFAULTS.requestBytes
    this.#requestBytes = Math.max(1, Math.floor(asked / LEAF_BYTES)) * LEAF_BYTES
    this.#slots = Math.max(2, Math.floor((options.bufferBytes ?? DEFAULTS.bufferBytes) / this.#requestBytes))
  }

  async run(): Promise<void> {
    // Not awaited beside the opening, whose answer may never come.
    this.#start().catch((error) => this.fail(error))
    await this.#finished.promise
  }

  async #start(): Promise<void> {
    const { openSource, openTarget, sourceConnections, targetConnections, sizeBytes } = this.#options
    await Promise.all([
      this.#source.open(openSource, sourceConnections, ({ export: facts }) => checkSource(facts, sizeBytes)),
      this.#target.open(openTarget, targetConnections, ({ export: facts }) => checkTarget(facts, sizeBytes)),
    ])
    if (this.#over) return
    const windows = new ExtentWindows(this.#source.first, { from: 0, to: sizeBytes })
    this.#plan = new LeafPlan({
      sizeBytes,
      nextWindow: () => windows.next(),
      requestBytes: this.#requestBytes,
      wants: (leaf) => !this.#options.isStored(leaf),
      onHole: (first, count) => this.#options.digests.addHoles(first, count),
    })
    this.#pump()
  }

  /** Ends the copy at once; the first error counts. */
  fail(error: unknown): void {
    if (this.#over) return
    this.#close()
    this.#source.destroy()
    this.#target.destroy()
    this.#finished.reject(error)
  }

  #close(): void {
    this.#over = true
    this.#options.progress.waitingBytes = 0
    if (this.#timer) clearTimeout(this.#timer)
  }

  /** Runs what must not throw into the void. */
  #try(work: () => void): void {
    if (this.#over) return
    try {
      work()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Goes on when `promise` is there. */
  #then(promise: Promise<void>, side: CopySide | null, work: () => void): void {
    promise.then(
      () => this.#try(work),
      (error) => this.fail(side ? onSide(side, error) : error),
    )
  }

  /** Starts reads while there are buffers. */
  #pump(): void {
    this.#try(() => {
      while (!this.#waits && !this.#ended && this.#mayRead()) this.#readNext(this.#plan as LeafPlan)
      this.#finishIfDone()
    })
  }

  #mayRead(): boolean {
    return (this.#free.length > 0 || this.#slots > 0) && this.#zeroings < MAX_ZEROINGS && !this.#digests.isFull
  }

  #readNext(plan: LeafPlan): void {
    const next = plan.next()
    this.#options.progress.holeBytes = plan.holeBytes
    if (next === 'end') {
      this.#ended = true
      if (this.#reading === 0) this.#sendZeros()
    } else if (next === 'more') this.#wait(plan.advance(), 'source', () => {})
    else {
      const limited = this.#options.limiter.take(next.length)
      if (limited) this.#wait(limited, null, () => this.#read(next))
      else this.#read(next)
    }
  }

  #wait(promise: Promise<void>, side: CopySide | null, work: () => void): void {
    this.#waits = true
    this.#then(promise, side, () => {
      this.#waits = false
      work()
      this.#pump()
    })
  }

  #slot(): Slot {
    const free = this.#free.pop()
    if (free) return free
    this.#slots -= 1
    const digests = Buffer.alloc((this.#requestBytes / LEAF_BYTES) * DIGEST_BYTES)
    return { buffer: Buffer.allocUnsafeSlow(this.#requestBytes), digests, offset: 0, length: 0, writes: 0 }
  }

  #read({ offset, length }: Stretch): void {
    const slot = this.#slot()
    slot.offset = offset
    slot.length = length
    slot.writes = 0
    this.#reading += 1
    this.#then(this.#source.idlest.read(offset, slot.buffer.subarray(0, length)), 'source', () => this.#wasRead(slot))
  }

  #wasRead(slot: Slot): void {
    this.#reading -= 1
    const { progress } = this.#options
    progress.readBytes += slot.length
    this.#waitingBytes += slot.length
    progress.waitingBytes = this.#waitingBytes
    progress.lastMoveAt = performance.now()
    // Leaves of data that follow each other go as one write; a write that is made holds the slot.
    let dataFrom = -1
    for (let at = 0; at < slot.length; at += LEAF_BYTES) {
      const end = Math.min(at + LEAF_BYTES, slot.length)
      const leaf = slot.buffer.subarray(at, end)
      if (isZero(leaf)) {
        if (dataFrom >= 0) this.#write(slot, dataFrom, at)
        dataFrom = -1
        this.#zero(slot.offset + at, slot.offset + end)
      } else {
        leafDigest(leaf).copy(slot.digests, (at / LEAF_BYTES) * DIGEST_BYTES)
        if (dataFrom < 0) dataFrom = at
      }
    }
    if (dataFrom >= 0) this.#write(slot, dataFrom, slot.length)
    if (slot.writes === 0) this.#free.push(slot)
    if (this.#ended && this.#reading === 0) this.#sendZeros()
    this.#pump()
  }

  #write(slot: Slot, from: number, to: number): void {
    slot.writes += 1
    const end = this.#padded(slot, to)
    const written = this.#target.idlest.write(slot.offset + from, slot.buffer.subarray(from, end))
    this.#then(written, 'target', () => {
      for (let at = from; at < to; at += LEAF_BYTES) {
        const digest = (at / LEAF_BYTES) * DIGEST_BYTES
        this.#digests.add((slot.offset + at) / LEAF_BYTES, slot.digests.subarray(digest, digest + DIGEST_BYTES))
      }
      this.#options.progress.writtenBytes += to - from
      this.#acknowledged(to - from)
      slot.writes -= 1
      if (slot.writes === 0) this.#free.push(slot)
      this.#pump()
    })
  }

  /** Where a write must end: after the disk's last leaf the rest of the target's block is zeros. */
  #padded(slot: Slot, to: number): number {
    const end = this.#blockEnd(slot.offset + to) - slot.offset
    slot.buffer.fill(0, to, end)
    return end
  }

  #blockEnd(end: number): number {
    const { minBlock, sizeBytes } = this.#target.first.export
    return Math.min(Math.ceil(end / minBlock) * minBlock, sizeBytes)
  }

  #zero(from: number, to: number): void {
    this.#options.progress.zeroBytes += to - from
    const run = this.#zeros.add(from, to)
    if (run) this.#sendZero(run)
  }

  #sendZeros(): void {
    for (const run of this.#zeros.drain()) this.#sendZero(run)
  }

  #sendZero({ from, to }: ZeroRun): void {
    this.#zeroings += 1
    const end = to === this.#options.sizeBytes ? this.#blockEnd(to) : to
    const zeroed = this.#target.idlest.writeZeroes(from, end - from, { punch: true })
    this.#then(zeroed, 'target', () => {
      this.#zeroings -= 1
      for (let at = from; at < to; at += LEAF_BYTES) this.#digests.add(at / LEAF_BYTES, ZERO_LEAF)
      this.#options.progress.zeroWrittenBytes += to - from
      this.#acknowledged(to - from)
      this.#pump()
    })
  }

  #acknowledged(bytes: number): void {
    const { progress } = this.#options
    this.#waitingBytes -= bytes
    progress.waitingBytes = this.#waitingBytes
    progress.lastMoveAt = performance.now()
    this.#unflushedBytes += bytes
    this.#flushIfDue()
  }

  #flushIfDue(): void {
    const { flushEveryBytes = DEFAULTS.flushEveryBytes, flushEveryMs = DEFAULTS.flushEveryMs } = this.#options
    if (this.#flushing || this.#unflushedBytes === 0) return
    if (this.#unflushedBytes >= flushEveryBytes) this.#flush()
    else this.#timer ??= setTimeout(() => this.#try(() => this.#flush()), flushEveryMs)
  }

  /** FLUSH, then `onFlushed`; leaves acknowledged meanwhile are told afterwards. */
  #flush(last = false): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#flushing = true
    this.#unflushedBytes = 0
    if (!last) this.#sendZeros()
    this.#digests.hold()
    this.#then(this.#target.flush(), 'target', () =>
      this.#then(this.#options.onFlushed(), null, () => {
        this.#flushing = false
        this.#digests.release()
        if (last) {
          this.#leave()
          return
        }
        this.#flushIfDue()
        this.#pump()
      }),
    )
  }

  #finishIfDone(): void {
    if (!this.#ended || this.#flushing || this.#waits || this.#over) return
    const busy = this.#reading > 0 || this.#zeroings > 0 || !this.#zeros.isEmpty
    if (busy || this.#waitingBytes > 0) return
    this.#options.onFlushing?.()
    this.#flush(true)
  }

  #leave(): void {
    this.#close()
    Promise.all([this.#source.disconnect(), this.#target.disconnect()]).then(
      () => this.#finished.resolve(),
      (error) => this.#finished.reject(error),
    )
  }
}
