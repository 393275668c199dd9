import { hash } from 'node:crypto'

/** Bytes of a leaf: the unit of digests, aligned; one QCOW2 cluster. The last leaf of a disk may be shorter. */
export const LEAF_BYTES = 65_536
export const DIGEST_BYTES = 32

/** Stands for a leaf that was read and holds zeros only: 31 bytes 0, then 1. */
export const ZERO_LEAF: Buffer = Buffer.alloc(DIGEST_BYTES)
ZERO_LEAF[DIGEST_BYTES - 1] = 1

const ZEROES = Buffer.alloc(LEAF_BYTES)

/** True when `leaf`, at most 64 KiB, holds zeros only. */
export function isZero(leaf: Buffer): boolean {
  return leaf[0] === 0 && leaf[leaf.length - 1] === 0 && leaf.equals(ZEROES.subarray(0, leaf.length))
}

/** SHA-256 of a leaf's true bytes. */
export function leafDigest(leaf: Buffer): Buffer {
  return hash('sha256', leaf, 'buffer')
}

export function leavesOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / LEAF_BYTES)
}
