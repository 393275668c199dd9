import { DIGEST_BYTES, LEAF_BYTES, leafCount, leafDigest, leafLength, ZERO_LEAF } from '#lib/digests/leaf.ts'
import type { NbdClient } from '#lib/nbd/client.ts'
import { NbdError } from '#lib/nbd/error.ts'
import { streamExtents } from '#lib/nbd/extents.ts'
import { Connections } from './connections.ts'
import { CopyError, onSide } from './error.ts'
import { lackingParts, leafRanges } from './leaf-ranges.ts'
import type { CopyProgress } from './progress.ts'

export { CopyError } from './error.ts'

/** Leaves of one request: 1 MiB. */
const REQUEST_LEAVES = 16
/** Requests under way at once: 16 MiB of buffers a disk. */
const REQUESTS = 16
const FLUSH_BYTES = 4 * 1024 ** 3
const FLUSH_MS = 30_000

/** Takes what is stored, and when. */
export interface DigestSink {
  /** A leaf whose write was acknowledged; the digest is valid during the call only. */
  add(leaf: number, digest: Buffer): void
  /** Leaves that the source calls holes; they were not read. */
  addHoles(first: number, count: number): void
  /** A FLUSH begins: it covers what was added until now. */
  seal(): void
}

export interface CopyOptions {
  openSource(): Promise<NbdClient>
  openTarget(): Promise<NbdClient>
  /** At most so many, and one where the server knows no more. */
  sourceConnections: number
  targetConnections: number
  sizeBytes: number
  /** Stored before: not copied again. Null: nothing is. */
  isStored: ((leaf: number) => boolean) | null
  digests: DigestSink
  /** A FLUSH was acknowledged that covers what was sealed. */
  onFlushed(): Promise<void>
  /** The last write is acknowledged, the last FLUSH begins. */
  onFlushing?(): void
  flushEveryBytes?: number
  flushEveryMs?: number
  /** Null: go on at once. */
  limiter: { take(bytes: number, signal?: AbortSignal): Promise<void> | null }
  progress: CopyProgress
  signal: AbortSignal
}

/**
 * Copies one disk between two NBD servers: every leaf that the source does not call a hole is read whole, hashed from the buffer
 * the read filled, and written from that buffer; zeros go as zero requests. Ends after the last FLUSH.
 * @throws CopyError; the signal's reason; whatever the sink threw
 */
export async function copyDisk(options: CopyOptions): Promise<void> {
  const { signal } = options
  signal.throwIfAborted()
  using stack = new DisposableStack()
  try {
    const source = stack.use(await Connections.open('source', options.openSource, options.sourceConnections))
    const target = stack.use(await Connections.open('target', options.openTarget, options.targetConnections))
    requireRoom(target, options.sizeBytes)
    const cut = () => {
      source[Symbol.dispose]()
      target[Symbol.dispose]()
    }
    signal.addEventListener('abort', cut, { once: true })
    stack.defer(() => signal.removeEventListener('abort', cut))
    await new Copy(source, target, options).run()
    await Promise.all([source.close(), target.close()])
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** nbdcopy(1) takes a larger target for granted; sectors round a disk up, nothing rounds it down. */
function requireRoom({ first }: Connections, sizeBytes: number): void {
  const { sizeBytes: there, readOnly } = first.export
  if (there >= sizeBytes && !readOnly) return
  const words = readOnly ? 'is read-only' : `has ${there} bytes, the disk ${sizeBytes}`
  throw new CopyError('target', new NbdError('refused', `the export ${words}`))
}

class Copy {
  readonly #source: Connections
  readonly #target: Connections
  readonly #options: CopyOptions
  readonly #parts: AsyncGenerator<{ first: number; count: number }>
  #next: Promise<unknown> = Promise.resolve()
  #unflushedBytes = 0
  #flushedAt = performance.now()
  #flushing: Promise<void> | null = null
  #failure: { error: unknown } | null = null

  constructor(source: Connections, target: Connections, options: CopyOptions) {
    this.#source = source
    this.#target = target
    this.#options = options
    this.#parts = this.#lacking()
  }

  async run(): Promise<void> {
    const workers = Array.from({ length: REQUESTS }, () => this.#work())
    await Promise.all(workers)
    await this.#flushing
    if (this.#failure) throw this.#failure.error
    this.#options.onFlushing?.()
    await this.#flush()
  }

  async *#lacking(): AsyncGenerator<{ first: number; count: number }> {
    const { sizeBytes, isStored, digests, progress, signal } = this.#options
    const leaves = leafCount(sizeBytes)
    const extents = streamExtents(this.#source.first, { from: 0, to: sizeBytes }, { signal })
    for await (const range of leafRanges(extents, leaves)) {
      if (range.kind === 'data') {
        yield* lackingParts(range, isStored, REQUEST_LEAVES)
        continue
      }
      for (const { first, count } of lackingParts(range, isStored, Number.POSITIVE_INFINITY)) {
        digests.addHoles(first, count)
        progress.holeBytes += count * LEAF_BYTES
      }
    }
  }

  /** One part at a time to whoever asks: a generator is not asked twice at once. */
  #take(): Promise<IteratorResult<{ first: number; count: number }>> {
    const turn = this.#next.then(() => onSide('source', this.#parts.next()))
    this.#next = turn.catch(() => undefined)
    return turn
  }

  async #work(): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(REQUEST_LEAVES * LEAF_BYTES)
    const digests = Buffer.allocUnsafe(REQUEST_LEAVES * DIGEST_BYTES)
    try {
      for (;;) {
        if (this.#failure) return
        const part = await this.#take()
        if (part.done) return
        await this.#copyPart(part.value, buffer, digests)
        this.#flushWhenDue()
      }
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  async #copyPart(part: { first: number; count: number }, buffer: Buffer, digests: Buffer): Promise<void> {
    const { sizeBytes, progress, limiter, signal } = this.#options
    const { first, count } = part
    const offset = first * LEAF_BYTES
    const bytes = buffer.subarray(0, Math.min(count * LEAF_BYTES, sizeBytes - offset))
    const turn = limiter.take(bytes.length, signal)
    if (turn !== null) await turn
    await onSide('source', this.#source.idlest.read(offset, bytes))
    progress.readBytes += bytes.length
    const runs: { zero: boolean; from: number; to: number }[] = []
    for (let index = 0; index < count; index++) {
      const from = index * LEAF_BYTES
      const to = from + leafLength(first + index, sizeBytes)
      const digest = leafDigest(bytes.subarray(from, to))
      digest.copy(digests, index * DIGEST_BYTES)
      const zero = digest === ZERO_LEAF
      if (zero) progress.zeroBytes += to - from
      const last = runs.at(-1)
      if (last?.zero === zero) last.to = to
      else runs.push({ zero, from, to })
    }
    await Promise.all(runs.map((run) => this.#write(offset, bytes, run)))
    for (let index = 0; index < count; index++)
      this.#options.digests.add(first + index, digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES))
  }

  async #write(offset: number, bytes: Buffer, { zero, from, to }: { zero: boolean; from: number; to: number }) {
    const { progress } = this.#options
    const target = this.#target.idlest
    const written = zero
      ? target.writeZeroes(offset + from, to - from, { punch: true })
      : target.write(offset + from, bytes.subarray(from, to))
    await onSide('target', written)
    if (zero) progress.zeroWrittenBytes += to - from
    else progress.writtenBytes += to - from
    this.#unflushedBytes += to - from
  }

  #flushWhenDue(): void {
    const { flushEveryBytes = FLUSH_BYTES, flushEveryMs = FLUSH_MS } = this.#options
    if (this.#flushing || this.#unflushedBytes === 0) return
    if (this.#unflushedBytes < flushEveryBytes && performance.now() - this.#flushedAt < flushEveryMs) return
    this.#flushing = this.#flush()
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#flushing = null
      })
  }

  /** One FLUSH covers every connection: there are several only where the server says so (NBD_FLAG_CAN_MULTI_CONN). */
  async #flush(): Promise<void> {
    this.#options.digests.seal()
    this.#unflushedBytes = 0
    this.#flushedAt = performance.now()
    await onSide('target', this.#target.first.flush())
    await this.#options.onFlushed()
  }
}
