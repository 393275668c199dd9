import { type FileHandle, open } from 'node:fs/promises'
import { CHUNK_BYTES, randomBytesOf, textOf } from './content.ts'

/** One written range of a raw disk; what no range names is a hole. */
export interface RawRange {
  /** `zero`: zeros that are written, so the file system holds blocks for them. */
  kind: 'random' | 'text' | 'zero'
  offset: number
  length: number
}

export interface RawDisk {
  path: string
  sizeBytes: number
  /** Sum of the written ranges; the file system may allocate a little more (whole blocks). */
  dataBytes: number
}

/** Writes `length` bytes of `next` at `offset`, a chunk at a time. */
export async function writeRange(
  file: FileHandle,
  range: { offset: number; length: number },
  next: (length: number) => Buffer,
): Promise<void> {
  for (let done = 0; done < range.length; ) {
    const chunk = next(Math.min(CHUNK_BYTES, range.length - done))
    const { bytesWritten } = await file.write(chunk, 0, chunk.length, range.offset + done)
    done += bytesWritten
  }
}

function contentOf(kind: RawRange['kind'], seed: string): (length: number) => Buffer {
  if (kind === 'zero') return (length) => Buffer.alloc(length)
  return kind === 'random' ? randomBytesOf(seed) : textOf(seed)
}

/**
 * Makes a sparse raw disk of exactly `sizeBytes` (any number, also none of 512) with the given ranges, the same
 * for the same seed. An existing file is replaced.
 * @throws RangeError when a range leaves the disk
 */
export async function makeRawDisk(
  path: string,
  options: { sizeBytes: number; extents?: readonly RawRange[]; seed?: string },
): Promise<RawDisk> {
  const { sizeBytes, extents = [], seed = 'sendense' } = options
  for (const { offset, length } of extents)
    if (offset < 0 || length < 0 || offset + length > sizeBytes)
      throw new RangeError(`range ${offset}+${length} leaves a disk of ${sizeBytes} bytes`)
  await using file = await open(path, 'w', 0o644)
  await file.truncate(sizeBytes)
  for (const range of extents) await writeRange(file, range, contentOf(range.kind, `${seed}:${range.offset}`))
  return { path, sizeBytes, dataBytes: extents.reduce((sum, range) => sum + range.length, 0) }
}
