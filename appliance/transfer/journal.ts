import { closeSync, openSync, readSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { buildMap } from '#lib/digests/build.ts'
import { DIGEST_BYTES, leafCount, leafKind } from '#lib/digests/leaf.ts'
import { DigestLogWriter, StoredLeaves } from '#lib/digests/log.ts'
import { MAX_RECORD_LEAVES } from '#lib/digests/log-format.ts'
import { mapLayout, PAGE_BYTES, PAGE_LEAVES } from '#lib/digests/map-format.ts'
import { PendingLeaves } from '#lib/digests/pending.ts'

interface Batch {
  leaves: PendingLeaves
  holes: { first: number; count: number }[]
}

const emptyBatch = (): Batch => ({ leaves: new PendingLeaves(), holes: [] })

/**
 * What is stored of one disk: digests of acknowledged leaves wait here until a FLUSH covers them, and only then go into the
 * digest log. A copy that is cut goes on with what the log does not cover.
 */
export class DiskJournal implements AsyncDisposable {
  readonly #file: string
  readonly #sizeBytes: number
  readonly #log: DigestLogWriter
  readonly #stored: StoredLeaves
  readonly #told: (logBytes: number) => void
  #open = emptyBatch()

  /** @param told  hears the length of the log after each FLUSH */
  constructor(file: string, sizeBytes: number, told: (logBytes: number) => void) {
    this.#file = file
    this.#sizeBytes = sizeBytes
    this.#log = new DigestLogWriter(file)
    this.#stored = new StoredLeaves(leafCount(sizeBytes))
    this.#told = told
  }

  isStored(leaf: number): boolean {
    return this.#stored.has(leaf)
  }

  get storedLeaves(): number {
    return this.#stored.count
  }

  /** A leaf whose write was acknowledged. The digest is copied. */
  add(leaf: number, digest: Buffer): void {
    this.#open.leaves.add(leaf, digest)
  }

  /** Leaves that the source calls holes; they are not read. */
  addHoles(first: number, count: number): void {
    const last = this.#open.holes.at(-1)
    if (last && last.first + last.count === first) last.count += count
    else this.#open.holes.push({ first, count })
  }

  /** A FLUSH was acknowledged that covers every leaf that was added until now: it is stored. */
  async flushed(): Promise<void> {
    const { leaves, holes } = this.#open
    this.#open = emptyBatch()
    for (const { first, count } of holes) this.#log.addHoles(first, count)
    for (const { first, digests } of leaves.runs(MAX_RECORD_LEAVES))
      for (let at = 0; at < digests.length; at += DIGEST_BYTES)
        this.#log.add(first + at / DIGEST_BYTES, digests.subarray(at, at + DIGEST_BYTES))
    const bytes = await this.#log.flush()
    for (const { first, count } of holes) this.#stored.add({ firstLeaf: first, count })
    for (const { first, digests } of leaves.runs(MAX_RECORD_LEAVES))
      this.#stored.add({ firstLeaf: first, count: digests.length / DIGEST_BYTES })
    this.#told(bytes)
  }

  /** The digests of the whole disk, leaf by leaf (null: a hole), while `use` runs. Only for a log that covers every leaf. */
  async lookUp<T>(use: (digestOf: (leaf: number) => Buffer | null) => Promise<T>): Promise<T> {
    const mapFile = `${this.#file}.map`
    const sectors = { logical: null, physical: null }
    await buildMap({ logFile: this.#file, mapFile, sizeBytes: this.#sizeBytes, sectors })
    const { pagesOffset } = mapLayout(this.#sizeBytes)
    const fd = openSync(mapFile, 'r')
    const page = Buffer.alloc(PAGE_BYTES)
    let current = -1
    try {
      return await use((leaf) => {
        const index = Math.floor(leaf / PAGE_LEAVES)
        if (index !== current) {
          if (readSync(fd, page, 0, PAGE_BYTES, pagesOffset + index * PAGE_BYTES) !== PAGE_BYTES)
            throw new Error(`page ${index} of the digest map is not there`)
          current = index
        }
        const at = (leaf % PAGE_LEAVES) * DIGEST_BYTES
        return leafKind(page, at) === 'hole' ? null : page.subarray(at, at + DIGEST_BYTES)
      })
    } finally {
      closeSync(fd)
      await rm(mapFile, { force: true })
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#log.close()
  }
}
