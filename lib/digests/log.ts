import { closeSync, fdatasync, ftruncateSync, openSync, readSync, write } from 'node:fs'
import { promisify } from 'node:util'
import { Mutex } from '../async/mutex.ts'
import { DigestError } from './error.ts'
import { DIGEST_BYTES, LEAF_BYTES, MAX_DISK_BYTES } from './leaf.ts'
import { DigestLogParser, encodeDigests, encodeHoles, MAX_HOLE_LEAVES, MAX_RECORD_LEAVES } from './log-format.ts'
import { PendingLeaves } from './pending.ts'

export { DigestLogParser, type LogRecord, parseDigestLog } from './log-format.ts'
export { readDigestLog } from './log-read.ts'
export { StoredLeaves } from './stored.ts'

const MAX_LEAVES = MAX_DISK_BYTES / LEAF_BYTES
const PIECE_BYTES = 1_048_576
/** Runs of holes between two flushes. */
const MAX_PENDING_HOLES = 1_048_576
const fdatasyncOf = promisify(fdatasync)
const writeTo = promisify(write)

/** The whole records at the beginning of the file, in bytes: what follows was torn by a crash. */
function validBytes(fd: number): number {
  const parser = new DigestLogParser(MAX_LEAVES)
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  try {
    for (let at = 0; ; ) {
      const read = readSync(fd, piece, 0, PIECE_BYTES, at)
      if (read === 0) return parser.validBytes
      for (const _ of parser.push(piece.subarray(0, read)));
      at += read
    }
  } catch (error) {
    if (error instanceof DigestError) return parser.validBytes
    throw error
  }
}

/**
 * Appends the digests of leaves to a log. What is added stays in memory until `flush`: call it after the target answered a FLUSH that
 * covers those leaves, so that the log never says more than what is stored.
 */
export class DigestLogWriter implements AsyncDisposable {
  readonly #fd: number
  readonly #order = new Mutex()
  #pending = new PendingLeaves()
  #holes: { first: number; count: number }[] = []
  #bytes: number
  #failed: unknown = null
  #closed = false

  /** Opens or makes the file; cuts it at the first record that is not whole. Reads all of it, without yielding. */
  constructor(file: string) {
    this.#fd = openSync(file, 'a+', 0o600)
    try {
      this.#bytes = validBytes(this.#fd)
      ftruncateSync(this.#fd, this.#bytes)
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  /** Length of the log, all of it on disk. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * A leaf that was read, in any order; a later digest of the same leaf counts. The 32 bytes are copied.
   * @throws DigestError `log_full` behind 262,144 leaves (16 GiB) without a flush
   */
  add(leaf: number, digest: Buffer): void {
    if (!Number.isSafeInteger(leaf) || leaf < 0 || leaf >= MAX_LEAVES || digest.length !== DIGEST_BYTES)
      throw new RangeError(`leaf ${leaf}, ${digest.length} bytes of digest`)
    this.#pending.add(leaf, digest)
  }

  /**
   * Leaves that the source calls holes and that are not read. They must be said: a map is not built from a log that leaves a leaf out.
   * Of what is added between two flushes, digests override holes.
   */
  addHoles(firstLeaf: number, count: number): void {
    if (!Number.isSafeInteger(firstLeaf) || firstLeaf < 0 || !(count > 0) || !(firstLeaf + count <= MAX_LEAVES))
      throw new RangeError(`holes of ${count} leaves at ${firstLeaf}`)
    const last = this.#holes.at(-1)
    if (last && last.first + last.count === firstLeaf) last.count += count
    else if (this.#holes.length >= MAX_PENDING_HOLES)
      throw new DigestError(
        'log_full',
        `More than ${MAX_PENDING_HOLES} runs of holes wait for a flush of the digest log.`,
      )
    else this.#holes.push({ first: firstLeaf, count })
  }

  /**
   * Writes what was added before this call, in the order of leaves, and syncs it.
   * @returns the log's length. After a failure every later call fails too: what is in the file is not known.
   */
  flush(): Promise<number> {
    const pending = this.#pending
    const holes = this.#holes
    this.#pending = new PendingLeaves()
    this.#holes = []
    return this.#order.run(async () => {
      if (this.#failed) throw this.#failed
      try {
        await this.#append(holes, pending)
      } catch (error) {
        this.#failed = error
        throw error
      }
      return this.#bytes
    })
  }

  async #append(holes: readonly { first: number; count: number }[], pending: PendingLeaves): Promise<void> {
    let length = this.#bytes
    for await (const record of records(holes, pending)) {
      for (let done = 0; done < record.length; ) {
        const { bytesWritten } = await writeTo(this.#fd, record, done, record.length - done, null)
        done += bytesWritten
      }
      length += record.length
    }
    if (length === this.#bytes) return
    await fdatasyncOf(this.#fd)
    this.#bytes = length
  }

  /** Waits for a flush that runs. What was added and not flushed is dropped: it is not known to be stored. */
  async close(): Promise<void> {
    await this.#order.run(async () => {
      if (!this.#closed) closeSync(this.#fd)
      this.#closed = true
      this.#failed ??= new Error('the digest log is closed')
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The records of one flush, put together to pieces of a mebibyte or so. */
function* records(holes: readonly { first: number; count: number }[], pending: PendingLeaves): Generator<Buffer> {
  let parts: Buffer[] = []
  let bytes = 0
  for (const record of eachRecord(holes, pending)) {
    parts.push(record)
    bytes += record.length
    if (bytes < PIECE_BYTES) continue
    yield Buffer.concat(parts)
    parts = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(parts)
}

function* eachRecord(holes: readonly { first: number; count: number }[], pending: PendingLeaves): Generator<Buffer> {
  for (const { first, count } of holes)
    for (let done = 0; done < count; done += MAX_HOLE_LEAVES)
      yield encodeHoles(first + done, Math.min(MAX_HOLE_LEAVES, count - done))
  for (const { first, digests } of pending.runs(MAX_RECORD_LEAVES)) yield encodeDigests(first, digests)
}
