import { DigestError } from './error.ts'
import { DIGEST_BYTES } from './leaf.ts'

/** 16 GiB of disk, 10 MiB of memory. */
export const MAX_PENDING_LEAVES = 262_144

/** Digests that wait for their flush: leaves in any order, 40 bytes each. */
export class PendingLeaves {
  #leaves = new Float64Array(1024)
  #digests = Buffer.allocUnsafe(1024 * DIGEST_BYTES)
  #count = 0

  /** @throws DigestError `log_full` */
  add(leaf: number, digest: Buffer): void {
    if (this.#count === MAX_PENDING_LEAVES)
      throw new DigestError('log_full', `More than ${MAX_PENDING_LEAVES} leaves wait for a flush of the digest log.`)
    if (this.#count === this.#leaves.length) this.#grow()
    this.#leaves[this.#count] = leaf
    digest.copy(this.#digests, this.#count * DIGEST_BYTES)
    this.#count++
  }

  #grow(): void {
    const leaves = new Float64Array(this.#leaves.length * 2)
    leaves.set(this.#leaves)
    const digests = Buffer.allocUnsafe(this.#digests.length * 2)
    this.#digests.copy(digests)
    this.#leaves = leaves
    this.#digests = digests
  }

  /** What was added, as runs of neighbours in the order of leaves, each leaf once with its latest digest. */
  *runs(maxLeaves: number): Generator<{ first: number; digests: Buffer }> {
    // Leaf and place in one number: leaf < 2^34, place < 2^18.
    const keys = new Float64Array(this.#count)
    for (let i = 0; i < this.#count; i++) keys[i] = (this.#leaves[i] ?? 0) * MAX_PENDING_LEAVES + i
    keys.sort()
    const run = Buffer.allocUnsafe(maxLeaves * DIGEST_BYTES)
    let first = 0
    let length = 0
    for (const key of keys) {
      const leaf = Math.floor(key / MAX_PENDING_LEAVES)
      const at = (key % MAX_PENDING_LEAVES) * DIGEST_BYTES
      const repeated = length > 0 && leaf === first + length - 1
      if (!repeated && length > 0 && (leaf !== first + length || length === maxLeaves)) {
        yield { first, digests: run.subarray(0, length * DIGEST_BYTES) }
        length = 0
      }
      if (length === 0) first = leaf
      const place = repeated ? length - 1 : length++
      this.#digests.copy(run, place * DIGEST_BYTES, at, at + DIGEST_BYTES)
    }
    if (length > 0) yield { first, digests: run.subarray(0, length * DIGEST_BYTES) }
  }
}
