import { DIGEST_BYTES } from './leaf.ts'

export interface DigestSink {
  /** @param digest  32 bytes, good during the call only */
  add(leaf: number, digest: Buffer): void
  /** Leaves that hold no data by the source's word: they are not read. */
  addHoles(first: number, count: number): void
}

/** Leaves that may be held: 4 GiB of disk, 2.3 MB of memory. */
const MOST = 65_536
const BLOCK = 1024

/**
 * Holds digests back while a FLUSH is under way, so that what the sink has when `onFlushed` is called was all acknowledged before
 * that FLUSH began.
 */
export class LateDigests {
  readonly #sink: DigestSink
  #holding = false
  #leaves: number[] = []
  #blocks: Buffer[] = []

  constructor(sink: DigestSink) {
    this.#sink = sink
  }

  /** True when no more leaves should be copied until {@link release}. */
  get isFull(): boolean {
    return this.#leaves.length >= MOST
  }

  add(leaf: number, digest: Buffer): void {
    if (!this.#holding) {
      this.#sink.add(leaf, digest)
      return
    }
    const n = this.#leaves.push(leaf) - 1
    if (n % BLOCK === 0) this.#blocks.push(Buffer.allocUnsafe(BLOCK * DIGEST_BYTES))
    digest.copy(this.#blocks[Math.floor(n / BLOCK)] as Buffer, (n % BLOCK) * DIGEST_BYTES)
  }

  hold(): void {
    this.#holding = true
  }

  /** Gives the sink what was held. @returns how many leaves */
  release(): number {
    this.#holding = false
    const [leaves, blocks] = [this.#leaves, this.#blocks]
    this.#leaves = []
    this.#blocks = []
    leaves.forEach((leaf, n) => {
      const at = (n % BLOCK) * DIGEST_BYTES
      this.#sink.add(leaf, (blocks[Math.floor(n / BLOCK)] as Buffer).subarray(at, at + DIGEST_BYTES))
    })
    return leaves.length
  }
}
