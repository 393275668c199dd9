import { SparseBits } from '../bits/sparse.ts'
import type { LogRecord } from './log-format.ts'
import { readDigestLog } from './log-read.ts'

/** Which leaves a log covers, by a digest or as holes: one bit a leaf. */
export class StoredLeaves {
  readonly leaves: number
  readonly #bits = new SparseBits()
  #count = 0

  /** @param leaves  of the disk */
  constructor(leaves: number) {
    this.leaves = leaves
  }

  /**
   * From a log's file; its tail may be torn: those leaves are not covered.
   * @throws DigestError `log_unreadable`, `log_damaged`
   */
  static async read(file: string, leaves: number, signal?: AbortSignal): Promise<StoredLeaves> {
    const stored = new StoredLeaves(leaves)
    for await (const record of readDigestLog(file, { leaves, tail: 'tolerate', signal })) stored.add(record)
    return stored
  }

  /** Leaves that are covered. */
  get count(): number {
    return this.#count
  }

  has(leaf: number): boolean {
    return this.#bits.has(leaf)
  }

  add({ firstLeaf, count }: Pick<LogRecord, 'firstLeaf' | 'count'>): void {
    this.#count += this.#bits.add(firstLeaf, count)
  }

  /** Runs of leaves that are not covered, in order: what a resume copies. */
  missing(): Generator<{ first: number; count: number }> {
    return this.#bits.gaps(this.leaves)
  }
}
