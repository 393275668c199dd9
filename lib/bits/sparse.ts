const CHUNK_BITS = 524_288

/** A set of whole numbers, 0 to 2^53: one bit each, memory (64 KiB) only for stretches of 524,288 in which one is set. */
export class SparseBits {
  readonly #chunks = new Map<number, Uint8Array>()

  has(index: number): boolean {
    const byte = this.#chunks.get(Math.floor(index / CHUNK_BITS))?.[(index % CHUNK_BITS) >> 3] ?? 0
    return (byte & (1 << (index % 8))) !== 0
  }

  /** @returns how many of them were new */
  add(first: number, count = 1): number {
    let fresh = 0
    for (let index = first; index < first + count; ) {
      const number = Math.floor(index / CHUNK_BITS)
      const chunk = this.#chunk(number)
      for (const end = Math.min(first + count, (number + 1) * CHUNK_BITS); index < end; index++) {
        const at = (index % CHUNK_BITS) >> 3
        const byte = chunk[at] ?? 0
        const bit = 1 << (index % 8)
        if ((byte & bit) !== 0) continue
        chunk[at] = byte | bit
        fresh++
      }
    }
    return fresh
  }

  #chunk(number: number): Uint8Array {
    let chunk = this.#chunks.get(number)
    if (!chunk) {
      chunk = new Uint8Array(CHUNK_BITS / 8)
      this.#chunks.set(number, chunk)
    }
    return chunk
  }

  /** Runs of numbers below `end` that are not in the set, in order. */
  *gaps(end: number): Generator<{ first: number; count: number }> {
    let first = -1
    for (let index = 0; index < end; ) {
      const empty = index % CHUNK_BITS === 0 && !this.#chunks.has(index / CHUNK_BITS)
      const within = !empty && this.has(index)
      if (!within && first < 0) first = index
      if (within && first >= 0) {
        yield { first, count: index - first }
        first = -1
      }
      index += empty ? CHUNK_BITS : 1
    }
    if (first >= 0) yield { first, count: end - first }
  }
}
