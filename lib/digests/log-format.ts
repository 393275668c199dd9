import { hash } from 'node:crypto'
import { DigestError } from './error.ts'
import { DIGEST_BYTES } from './leaf.ts'

// The digest log, docs/formats.md: records one after another, no header of the file. Big endian.

const DIGESTS_MAGIC = 0x53444431 // SDD1
const HOLES_MAGIC = 0x53444831 // SDH1
const HEADER_BYTES = 16
const CHECK_BYTES = 16
/** 256 MiB of disk: a record is at most 128 KiB and 32 bytes. */
export const MAX_RECORD_LEAVES = 4096
export const MAX_HOLE_LEAVES = 0xffff_ffff
export const MAX_RECORD_BYTES = HEADER_BYTES + MAX_RECORD_LEAVES * DIGEST_BYTES + CHECK_BYTES

export interface LogRecord {
  firstLeaf: number
  count: number
  /** `count` times 32 bytes, valid until the next record is asked for; null: holes by the source's word. */
  digests: Buffer | null
}

function encode(magic: number, firstLeaf: number, count: number, digests: Buffer): Buffer {
  const record = Buffer.allocUnsafe(HEADER_BYTES + digests.length + CHECK_BYTES)
  record.writeUInt32BE(magic, 0)
  record.writeUInt32BE(count, 4)
  record.writeBigUInt64BE(BigInt(firstLeaf), 8)
  digests.copy(record, HEADER_BYTES)
  const end = record.length - CHECK_BYTES
  hash('sha256', record.subarray(0, end), 'buffer').copy(record, end, 0, CHECK_BYTES)
  return record
}

export function encodeDigests(firstLeaf: number, digests: Buffer): Buffer {
  return encode(DIGESTS_MAGIC, firstLeaf, digests.length / DIGEST_BYTES, digests)
}

export function encodeHoles(firstLeaf: number, count: number): Buffer {
  return encode(HOLES_MAGIC, firstLeaf, count, Buffer.alloc(0))
}

/** Length of the record that begins here, from its first 16 bytes. */
function recordBytes(header: Buffer, at: number, refuse: (why: string) => DigestError): number {
  const magic = header.readUInt32BE(at)
  const count = header.readUInt32BE(at + 4)
  if (magic !== DIGESTS_MAGIC && magic !== HOLES_MAGIC) throw refuse('no record begins here')
  if (count === 0 || (magic === DIGESTS_MAGIC && count > MAX_RECORD_LEAVES)) throw refuse(`a record of ${count} leaves`)
  return HEADER_BYTES + (magic === DIGESTS_MAGIC ? count * DIGEST_BYTES : 0) + CHECK_BYTES
}

/**
 * Reads a digest log piece by piece: hostile input. Holds less than one record between two pieces.
 * After an error it must not be fed again.
 */
export class DigestLogParser {
  readonly #leaves: number
  #rest: Buffer = Buffer.alloc(0)
  #taken = 0

  /** @param leaves  of the disk: a record that reaches behind them is refused */
  constructor(leaves: number) {
    this.#leaves = leaves
  }

  /** Bytes of whole, checked records so far. */
  get validBytes(): number {
    return this.#taken
  }

  #refuse(why: string): DigestError {
    return new DigestError('log_damaged', `The digest log is damaged at byte ${this.#taken}: ${why}.`)
  }

  /**
   * The records that this piece completes. Must be taken to the end before the next piece is pushed.
   * @throws DigestError `log_damaged`, naming the byte
   */
  *push(piece: Buffer): Generator<LogRecord> {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    let at = 0
    while (bytes.length - at >= HEADER_BYTES) {
      const length = recordBytes(bytes, at, (why) => this.#refuse(why))
      if (bytes.length - at < length) break
      const record = bytes.subarray(at, at + length)
      yield this.#read(record)
      at += length
      this.#taken += length
    }
    // A copy, because the caller may use the piece's memory again.
    this.#rest = Buffer.from(bytes.subarray(at))
  }

  #read(record: Buffer): LogRecord {
    const end = record.length - CHECK_BYTES
    const check = hash('sha256', record.subarray(0, end), 'buffer').subarray(0, CHECK_BYTES)
    if (!check.equals(record.subarray(end))) throw this.#refuse('the check of a record does not fit')
    const count = record.readUInt32BE(4)
    const firstLeaf = record.readBigUInt64BE(8)
    if (firstLeaf + BigInt(count) > BigInt(this.#leaves)) throw this.#refuse('a record reaches behind the disk')
    const holes = record.readUInt32BE(0) === HOLES_MAGIC
    return { firstLeaf: Number(firstLeaf), count, digests: holes ? null : record.subarray(HEADER_BYTES, end) }
  }

  /**
   * Tells the parser that nothing follows.
   * @returns bytes of a record that is not whole: the tail that a crash or a cut leaves
   * @throws DigestError `log_damaged` when there is one and it is not to be tolerated
   */
  end(tail: 'refuse' | 'tolerate'): number {
    if (this.#rest.length > 0 && tail === 'refuse') throw this.#refuse('its last record is not whole')
    return this.#rest.length
  }
}

/** All records of a log that is in memory. @throws DigestError `log_damaged` */
export function* parseDigestLog(
  log: Buffer,
  leaves: number,
  tail: 'refuse' | 'tolerate' = 'refuse',
): Generator<LogRecord> {
  const parser = new DigestLogParser(leaves)
  yield* parser.push(log)
  parser.end(tail)
}
