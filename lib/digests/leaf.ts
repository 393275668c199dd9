import { hash } from 'node:crypto'
import { DigestError } from './error.ts'

/** One leaf: one QCOW2 cluster, aligned. The last leaf of a disk has its true length. */
export const LEAF_BYTES = 65_536
export const DIGEST_BYTES = 32
/** 1 PiB: what this version of the formats takes. Leaf numbers stay below 2^34. */
export const MAX_DISK_BYTES = 2 ** 50

const ZEROS = Buffer.alloc(LEAF_BYTES)

/** "Hole by the source's word, not read". */
export const HOLE_LEAF: Buffer = Buffer.alloc(DIGEST_BYTES)
/** "Read, all zero". */
export const ZERO_LEAF: Buffer = Buffer.from([...new Array<number>(DIGEST_BYTES - 1).fill(0), 1])

/** @throws DigestError `bad_request` unless it is a whole number from 0 to 1 PiB */
export function checkDiskSize(sizeBytes: number): number {
  if (Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 && sizeBytes <= MAX_DISK_BYTES) return sizeBytes
  throw new DigestError('bad_request', `A disk of ${sizeBytes} bytes has no digest map: whole bytes up to 1 PiB have.`)
}

export function leafCount(sizeBytes: number): number {
  return Math.ceil(checkDiskSize(sizeBytes) / LEAF_BYTES)
}

/** Bytes of this leaf: 65,536, and for the last one what is left of the disk. */
export function leafLength(leaf: number, sizeBytes: number): number {
  return Math.min(LEAF_BYTES, sizeBytes - leaf * LEAF_BYTES)
}

/** At most one leaf. */
export function isZero(bytes: Buffer): boolean {
  return bytes.length === LEAF_BYTES ? bytes.equals(ZEROS) : bytes.equals(ZEROS.subarray(0, bytes.length))
}

/** The digest of one leaf's bytes, 1 to 65,536 of them: ZERO_LEAF when all are zero, else SHA-256. */
export function leafDigest(bytes: Buffer): Buffer {
  if (bytes.length === 0 || bytes.length > LEAF_BYTES) throw new RangeError(`a leaf of ${bytes.length} bytes`)
  return isZero(bytes) ? ZERO_LEAF : hash('sha256', bytes, 'buffer')
}

/** What the 32 bytes at `at` say of a leaf. */
export function leafKind(digests: Buffer, at: number): 'hole' | 'zero' | 'hashed' {
  // Nearly always settled by the first word.
  for (let word = 0; word < DIGEST_BYTES - 4; word += 4) if (digests.readUInt32BE(at + word) !== 0) return 'hashed'
  const last = digests.readUInt32BE(at + DIGEST_BYTES - 4)
  return last === 0 ? 'hole' : last === 1 ? 'zero' : 'hashed'
}
