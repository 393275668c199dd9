import { constants, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Positions, lengths and buffers of O_DIRECT: fits every disk in use. */
export const ALIGNMENT = 4096

const refused = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EINVAL'

/**
 * A file that is read past the page cache (O_DIRECT), so that what is read is what the medium holds. Where the file system cannot do
 * that, the file is read through the cache and `direct` says so.
 */
export class DirectFile implements AsyncDisposable {
  readonly path: string
  /** Bytes, when it was opened. */
  readonly size: number
  readonly #modified: bigint
  #handle: FileHandle
  #direct: boolean
  #read = 0

  private constructor(file: string, handle: FileHandle, stat: { size: bigint; mtimeNs: bigint }, direct: boolean) {
    this.path = file
    this.size = Number(stat.size)
    this.#modified = stat.mtimeNs
    this.#handle = handle
    this.#direct = direct
  }

  /** @throws Error of the system; also when it is not a plain file */
  static async open(file: string): Promise<DirectFile> {
    // Not blocking, because a pipe of that name would never answer.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK
    let direct = true
    let handle = await open(file, flags | constants.O_DIRECT).catch((error: unknown) => {
      if (!refused(error)) throw error
      direct = false
      return null
    })
    handle ??= await open(file, flags)
    try {
      const stat = await handle.stat({ bigint: true })
      if (!stat.isFile() || stat.size > BigInt(Number.MAX_SAFE_INTEGER))
        throw Object.assign(new Error('it is not a plain file'), { syscall: 'open' })
      return new DirectFile(file, handle, stat, direct)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Every byte so far was read past the page cache. */
  get direct(): boolean {
    return this.#direct
  }

  /** Bytes that were read so far. */
  get bytesRead(): number {
    return this.#read
  }

  /**
   * `count` buffers of `bytes` each, aligned as this file wants it. An address cannot be asked for: places are tried until a read into
   * one succeeds.
   */
  buffers(count: number, bytes: number): Buffer[] {
    const each = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    const raw = Buffer.allocUnsafeSlow(count * each + ALIGNMENT)
    const start = this.#direct ? this.#alignedStart(raw) : 0
    return Array.from({ length: count }, (_, i) => raw.subarray(start + i * each, start + (i + 1) * each))
  }

  #alignedStart(raw: Buffer): number {
    for (let start = 0; start < ALIGNMENT; start += 16)
      try {
        readSync(this.#handle.fd, raw, start, ALIGNMENT, 0)
        return start
      } catch (error) {
        if (!refused(error)) throw error
      }
    return 0
  }

  /**
   * Fills the beginning of `into` from `position`; what lies behind the end of the file is filled with zeros.
   * @param into  one of `buffers`, whole or its beginning; position and length are multiples of 4,096
   * @returns how many bytes the file had
   * @throws Error of the system
   */
  async read(into: Buffer, position: number): Promise<number> {
    if (position % ALIGNMENT !== 0 || into.length % ALIGNMENT !== 0) throw new RangeError(`read at ${position}`)
    let done = 0
    while (done < into.length && position + done < this.size) {
      const read = await this.#readOnce(into, done, position + done)
      done += read
      // A direct read ends unaligned at the end of the file only.
      if (read === 0 || done % ALIGNMENT !== 0) break
    }
    const expected = Math.max(0, Math.min(into.length, this.size - position))
    if (done < expected) throw Object.assign(new Error('the file became shorter'), { syscall: 'read' })
    into.fill(0, expected)
    this.#read += expected
    return expected
  }

  async #readOnce(into: Buffer, offset: number, position: number): Promise<number> {
    try {
      return (await this.#handle.read(into, offset, into.length - offset, position)).bytesRead
    } catch (error) {
      if (!this.#direct || !refused(error)) throw error
    }
    await this.#readThroughCache()
    return await this.#readOnce(into, offset, position)
  }

  /** Some file systems refuse only when they are read. The first handle stays open until others that use it are done. */
  async #readThroughCache(): Promise<void> {
    if (!this.#direct) return
    this.#direct = false
    const before = this.#handle
    const handle = await open(`/proc/self/fd/${before.fd}`, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#superseded.push(before)
    this.#handle = handle
  }

  readonly #superseded: FileHandle[] = []

  /** Whether size or time of the file are others than when it was opened. */
  async changed(): Promise<boolean> {
    const { size, mtimeNs } = await this.#handle.stat({ bigint: true })
    return Number(size) !== this.size || mtimeNs !== this.#modified
  }

  async close(): Promise<void> {
    for (const handle of [this.#handle, ...this.#superseded]) await handle.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
