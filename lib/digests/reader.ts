import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
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
import { readFully } from './page-cache.ts'

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
 * 64 KiB of the table (32 bytes for 32 GiB of disk), so that a file that changes meanwhile is noticed.
 */
export class MapReader implements AsyncDisposable {
  readonly file: string
  readonly header: MapHeader
  readonly #handle: FileHandle
  readonly #head: Buffer
  #pieces: Buffer[] | null = null
  #page: { index: number; digests: Buffer } | null = null

  private constructor(file: string, handle: FileHandle, head: Buffer, header: MapHeader) {
    this.file = file
    this.#handle = handle
    this.#head = head
    this.header = header
  }

  /** @throws DigestError `map_unreadable`, `map_damaged`, `map_unsupported` */
  static async open(file: string): Promise<MapReader> {
    return await orUnreadable('map_unreadable', `The digest map ${file}`, async () => {
      // Not blocking, because a pipe of that name would never answer.
      const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
      try {
        const stat = await handle.stat()
        if (!stat.isFile()) throw new DigestError('map_unreadable', `The digest map ${file} is not a file.`)
        const head = Buffer.alloc(Math.min(HEADER_BYTES, stat.size))
        await readFully(handle, head, 0)
        return new MapReader(file, handle, head, parseHeader(head, stat.size))
      } catch (error) {
        await handle.close()
        throw error
      }
    })
  }

  #reading<T>(work: () => Promise<T>): Promise<T> {
    return orUnreadable('map_unreadable', `The digest map ${this.file}`, work)
  }

  #damaged = (why: string) => new DigestError('map_damaged', `The digest map ${this.file} is damaged: ${why}.`)

  #pieceBytes(piece: number): number {
    return Math.min(PIECE_BYTES, this.header.pages * DIGEST_BYTES - piece * PIECE_BYTES)
  }

  async #readPiece(piece: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(this.#pieceBytes(piece))
    await this.#reading(() => readFully(this.#handle, bytes, this.header.tableOffset + piece * PIECE_BYTES))
    return bytes
  }

  /**
   * Computes the root from header and table, in one pass. Who has it from elsewhere must compare it: the file alone proves nothing.
   * @returns lower-case hex
   * @throws DigestError `map_damaged`, `map_unreadable`
   */
  async verifyRoot(signal?: AbortSignal): Promise<string> {
    const { pages, tableOffset, pagesOffset } = this.header
    const root = rootHash().update(this.#head)
    const pieces: Buffer[] = []
    for (let piece = 0; piece * TABLE_PIECE < pages; piece++) {
      signal?.throwIfAborted()
      const table = await this.#readPiece(piece)
      root.update(table)
      pieces.push(hash('sha256', table, 'buffer'))
    }
    const tableEnd = tableOffset + pages * DIGEST_BYTES
    const gap = Buffer.allocUnsafe(pagesOffset - tableEnd)
    await this.#reading(() => readFully(this.#handle, gap, tableEnd))
    if (gap.some((byte) => byte !== 0)) throw this.#damaged('bytes behind its table that must be zero are not')
    this.#pieces = pieces
    return root.digest('hex')
  }

  /** A piece of the table that is the one `verifyRoot` saw. */
  async #table(piece: number): Promise<Buffer> {
    const seen = this.#pieces?.[piece]
    if (!seen) throw new Error('a digest map is read after its root was verified')
    const table = await this.#readPiece(piece)
    if (!hash('sha256', table, 'buffer').equals(seen)) throw this.#damaged('its table changed while it was read')
    return table
  }

  /**
   * Reads pages and checks each against the table, and that no leaf stands behind the disk.
   * @param piece  2,048 pages, from page `2048 × piece` on; the last piece has fewer
   * @param into   at least 16 MiB; null: a new buffer
   * @returns their bytes, in `into`
   * @throws DigestError `map_damaged`, `map_unreadable`
   */
  async readPages(piece: number, into: Buffer | null = null): Promise<Buffer> {
    const table = await this.#table(piece)
    const first = piece * TABLE_PIECE
    const length = (table.length / DIGEST_BYTES) * PAGE_BYTES
    const bytes = into ? into.subarray(0, length) : Buffer.allocUnsafeSlow(length)
    await this.#reading(() => readFully(this.#handle, bytes, this.header.pagesOffset + first * PAGE_BYTES))
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
    const piece = Buffer.allocUnsafeSlow(Math.min(pages, TABLE_PIECE) * PAGE_BYTES)
    for (let first = from - (from % TABLE_PIECE); first < pages; first += TABLE_PIECE) {
      const bytes = await this.readPages(first / TABLE_PIECE, piece)
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
      const digests = Buffer.allocUnsafe(PAGE_BYTES)
      await this.#reading(() => readFully(this.#handle, digests, this.header.pagesOffset + index * PAGE_BYTES))
      const at = (index % TABLE_PIECE) * DIGEST_BYTES
      this.#checkPage(index, digests, table.subarray(at, at + DIGEST_BYTES))
      this.#page = { index, digests }
    }
    const at = (leaf % PAGE_LEAVES) * DIGEST_BYTES
    return Buffer.from(this.#page.digests.subarray(at, at + DIGEST_BYTES))
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
