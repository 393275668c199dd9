import { hash } from 'node:crypto'
import { ALIGNMENT, DirectFile } from '../fs/direct.ts'
import { DigestError, orUnreadable } from './error.ts'
import { DIGEST_BYTES } from './leaf.ts'
import {
  HEADER_BYTES,
  HOLE_PAGE,
  type MapHeader,
  PAGE_BYTES,
  PAGE_LEAVES,
  PARENT_PAGE,
  parseHeader,
  rootHash,
} from './map-format.ts'

/** Digests of pages that are read at once: 64 KiB of table, 16 MiB of pages, 32 GiB of disk. */
export const TABLE_PIECE = 2048
const PIECE_BYTES = TABLE_PIECE * DIGEST_BYTES
const ZERO_PAGE = Buffer.alloc(PAGE_BYTES)

export interface MapPage {
  index: number
  firstLeaf: number
  /** 32 bytes for each leaf of the page that the disk has; valid until the next page is asked for. */
  digests: Buffer
}

/**
 * Reads a digest map; hostile input. Nothing is used before it is checked: `verifyRoot` first, which also remembers a digest of each
 * 64 KiB of the table (32 bytes for 32 GiB of disk), so that a file that changes meanwhile is noticed. One call at a time.
 */
export class MapReader implements AsyncDisposable {
  readonly file: string
  readonly header: MapHeader
  readonly #input: DirectFile
  readonly #head: Buffer
  readonly #small: Buffer
  /** Digests of the pieces of the table. */
  #pieces: Buffer[] | null = null
  #pages: Buffer | null = null
  #page: { index: number; digests: Buffer } | null = null

  private constructor(input: DirectFile, buffers: { head: Buffer; small: Buffer }, header: MapHeader) {
    this.file = input.path
    this.header = header
    this.#input = input
    this.#head = buffers.head
    this.#small = buffers.small
  }

  /** @throws DigestError `map_unreadable`, `map_damaged`, `map_unsupported` */
  static async open(file: string): Promise<MapReader> {
    return await orUnreadable('map_unreadable', `The digest map ${file}`, async () => {
      const input = await DirectFile.open(file)
      try {
        const [head, small] = input.buffers(2, PIECE_BYTES)
        if (!head || !small) throw new Error('no buffer')
        const first = head.subarray(0, HEADER_BYTES)
        const bytes = await input.read(first, 0)
        return new MapReader(input, { head: first, small }, parseHeader(first.subarray(0, bytes), input.size))
      } catch (error) {
        await input.close()
        throw error
      }
    })
  }

  /** Reads on past `length` to the next border of 4,096 bytes: past the page cache, because a hole costs much less there. */
  async #read(into: Buffer, position: number, length: number): Promise<Buffer> {
    const aligned = into.subarray(0, Math.ceil(length / ALIGNMENT) * ALIGNMENT)
    const bytes = await orUnreadable('map_unreadable', `The digest map ${this.file}`, () =>
      this.#input.read(aligned, position),
    )
    if (bytes < length) throw this.#damaged('it became shorter while it was read')
    return aligned
  }

  #damaged = (why: string) => new DigestError('map_damaged', `The digest map ${this.file} is damaged: ${why}.`)

  /** In the small buffer, with what follows up to the next border of 4,096 bytes. */
  async #readPiece(piece: number): Promise<{ table: Buffer; gap: Buffer }> {
    const length = Math.min(PIECE_BYTES, this.header.pages * DIGEST_BYTES - piece * PIECE_BYTES)
    const bytes = await this.#read(this.#small, this.header.tableOffset + piece * PIECE_BYTES, length)
    return { table: bytes.subarray(0, length), gap: bytes.subarray(length) }
  }

  /**
   * Computes the root from header and table, in one pass. Who has it from elsewhere must compare it: the file alone proves nothing.
   * @returns lower-case hex
   * @throws DigestError `map_damaged`, `map_unreadable`
   */
  async verifyRoot(signal?: AbortSignal): Promise<string> {
    const { pages } = this.header
    const root = rootHash().update(this.#head)
    const pieces: Buffer[] = []
    for (let piece = 0; piece * TABLE_PIECE < pages; piece++) {
      signal?.throwIfAborted()
      const { table, gap } = await this.#readPiece(piece)
      // The table ends less than 4,096 bytes before the pages.
      if (gap.some((byte) => byte !== 0)) throw this.#damaged('bytes behind its table that must be zero are not')
      root.update(table)
      pieces.push(hash('sha256', table, 'buffer'))
    }
    this.#pieces = pieces
    return root.digest('hex')
  }

  /** A piece of the table that is the one `verifyRoot` saw. */
  async #table(piece: number): Promise<Buffer> {
    const seen = this.#pieces?.[piece]
    if (!seen) throw new Error('a digest map is read after its root was verified')
    const { table } = await this.#readPiece(piece)
    if (!hash('sha256', table, 'buffer').equals(seen)) throw this.#damaged('its table changed while it was read')
    return table
  }

  /**
   * Reads pages and checks each against the table, and that no leaf stands behind the disk.
   * @param piece  2,048 pages, from page `2048 × piece` on; the last piece has fewer
   * @returns their bytes, valid until the next pages are read
   * @throws DigestError `map_damaged`, `map_unreadable`
   */
  async readPages(piece: number): Promise<Buffer> {
    const table = await this.#table(piece)
    const first = piece * TABLE_PIECE
    const length = (table.length / DIGEST_BYTES) * PAGE_BYTES
    this.#pages ??= this.#input.buffers(1, Math.min(this.header.pages, TABLE_PIECE) * PAGE_BYTES)[0] ?? null
    if (!this.#pages) throw new Error('no buffer')
    const bytes = await this.#read(this.#pages, this.header.pagesOffset + first * PAGE_BYTES, length)
    for (let at = 0; at < table.length; at += DIGEST_BYTES) {
      const place = (at / DIGEST_BYTES) * PAGE_BYTES
      this.#checkPage(
        first + at / DIGEST_BYTES,
        bytes.subarray(place, place + PAGE_BYTES),
        table.subarray(at, at + DIGEST_BYTES),
      )
    }
    return bytes
  }

  #checkPage(index: number, page: Buffer, digest: Buffer): void {
    if (digest.equals(PARENT_PAGE)) throw this.#damaged(`its page ${index} is a parent's, and it has none`)
    const holds = !page.equals(ZERO_PAGE)
    if (holds ? !hash('sha256', page, 'buffer').equals(digest) : !digest.equals(HOLE_PAGE))
      throw this.#damaged(`its page ${index} is not the one that its table names`)
    const leaves = this.header.leaves - index * PAGE_LEAVES
    if (leaves < PAGE_LEAVES && page.subarray(leaves * DIGEST_BYTES).some((byte) => byte !== 0))
      throw this.#damaged('it has leaves behind the end of its disk')
  }

  /** All pages in order. @throws DigestError `map_damaged`, `map_unreadable` */
  async *pages(from = 0): AsyncGenerator<MapPage> {
    const { pages, leaves } = this.header
    for (let first = from - (from % TABLE_PIECE); first < pages; first += TABLE_PIECE) {
      const bytes = await this.readPages(first / TABLE_PIECE)
      for (let index = Math.max(from, first); index < Math.min(pages, first + TABLE_PIECE); index++) {
        const firstLeaf = index * PAGE_LEAVES
        const at = (index - first) * PAGE_BYTES
        const end = at + Math.min(PAGE_LEAVES, leaves - firstLeaf) * DIGEST_BYTES
        yield { index, firstLeaf, digests: bytes.subarray(at, end) }
      }
    }
  }

  /** The digest of one leaf: a copy. @throws DigestError `map_damaged`, `map_unreadable` */
  async leaf(leaf: number): Promise<Buffer> {
    if (!Number.isSafeInteger(leaf) || leaf < 0 || leaf >= this.header.leaves) throw new RangeError(`leaf ${leaf}`)
    const index = Math.floor(leaf / PAGE_LEAVES)
    if (this.#page?.index !== index) {
      const table = await this.#table(Math.floor(index / TABLE_PIECE))
      const at = (index % TABLE_PIECE) * DIGEST_BYTES
      const digest = Buffer.from(table.subarray(at, at + DIGEST_BYTES))
      const digests = await this.#read(this.#small, this.header.pagesOffset + index * PAGE_BYTES, PAGE_BYTES)
      this.#checkPage(index, digests, digest)
      this.#page = { index, digests: Buffer.from(digests) }
    }
    const at = (leaf % PAGE_LEAVES) * DIGEST_BYTES
    return Buffer.from(this.#page.digests.subarray(at, at + DIGEST_BYTES))
  }

  async close(): Promise<void> {
    await this.#input.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
