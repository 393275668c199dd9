import { hash } from 'node:crypto'

export { DIGEST_BYTES, isZero, LEAF_BYTES, leafCount as leavesOf, ZERO_LEAF } from '#lib/digests/leaf.ts'

/** SHA-256 of a leaf's true bytes. Of zeros {@link ZERO_LEAF} is told instead. */
export function leafDigest(leaf: Buffer): Buffer {
  return hash('sha256', leaf, 'buffer')
}
