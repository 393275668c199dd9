import type { FileHandle } from 'node:fs/promises'
import { HOLE_LEAF } from './leaf.ts'
import { type MapHeader, PAGE_BYTES, PAGE_LEAVES } from './map-format.ts'

/** 8 MiB. */
const CACHED_PAGES = 1024
const DIGEST = HOLE_LEAF.length

/** The pages of a map that is being made, written in any order: as many as are in use in memory, the others in the file. */
export class PageCache {
  readonly #file: FileHandle
  readonly #header: MapHeader
  /** In the order of their last use. */
  readonly #cached = new Map<number, Buffer>()
  /** One bit a page: it was given a digest once. The others are holes in the file. */
  readonly #touched: Uint8Array

  constructor(file: FileHandle, header: MapHeader) {
    this.#file = file
    this.#header = header
    this.#touched = new Uint8Array(Math.ceil(header.pages / 8))
  }

  isTouched(page: number): boolean {
    return ((this.#touched[Math.floor(page / 8)] ?? 0) & (1 << (page % 8))) !== 0
  }

  async put(firstLeaf: number, digests: Buffer): Promise<void> {
    const end = firstLeaf + digests.length / DIGEST
    for (let leaf = firstLeaf; leaf < end; ) {
      const page = Math.floor(leaf / PAGE_LEAVES)
      const next = Math.min(end, (page + 1) * PAGE_LEAVES)
      const bytes = await this.#page(page)
      digests.copy(bytes, (leaf % PAGE_LEAVES) * DIGEST, (leaf - firstLeaf) * DIGEST, (next - firstLeaf) * DIGEST)
      leaf = next
    }
  }

  async putHoles(firstLeaf: number, count: number): Promise<void> {
    const end = firstLeaf + count
    for (let leaf = firstLeaf; leaf < end; ) {
      const page = Math.floor(leaf / PAGE_LEAVES)
      const next = Math.min(end, (page + 1) * PAGE_LEAVES)
      if (this.isTouched(page)) {
        const from = (leaf % PAGE_LEAVES) * DIGEST
        const bytes = await this.#page(page)
        bytes.fill(0, from, from + (next - leaf) * DIGEST)
      }
      leaf = next
    }
  }

  async #page(page: number): Promise<Buffer> {
    let bytes = this.#cached.get(page)
    if (bytes) this.#cached.delete(page)
    else bytes = await this.#load(page)
    this.#cached.set(page, bytes)
    return bytes
  }

  async #load(page: number): Promise<Buffer> {
    let bytes: Buffer | undefined
    if (this.#cached.size >= CACHED_PAGES) {
      const [oldest] = this.#cached
      if (oldest) {
        await this.#write(...oldest)
        this.#cached.delete(oldest[0])
        bytes = oldest[1]
      }
    }
    bytes ??= Buffer.allocUnsafeSlow(PAGE_BYTES)
    if (this.isTouched(page)) await readFully(this.#file, bytes, this.#header.pagesOffset + page * PAGE_BYTES)
    else bytes.fill(0)
    const at = Math.floor(page / 8)
    this.#touched[at] = (this.#touched[at] ?? 0) | (1 << (page % 8))
    return bytes
  }

  async #write(page: number, bytes: Buffer): Promise<void> {
    await writeFully(this.#file, bytes, this.#header.pagesOffset + page * PAGE_BYTES)
  }

  /** Writes what is in memory. */
  async flush(): Promise<void> {
    for (const [page, bytes] of [...this.#cached].toSorted(([a], [b]) => a - b)) await this.#write(page, bytes)
    this.#cached.clear()
  }
}

/** @throws Error when the file ends before the buffer is full */
export async function readFully(file: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done)
    if (bytesRead === 0) throw Object.assign(new Error('the file is shorter than it was'), { syscall: 'read' })
    done += bytesRead
  }
}

export async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}
