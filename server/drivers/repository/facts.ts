import { createHash } from 'node:crypto'
import { lstat, open } from 'node:fs/promises'
import path from 'node:path'
import type { ImageFacts } from '#contracts/look.ts'
import { MANIFEST_FILE } from './manifest.ts'

/** A manifest of 64 disks has some 50 KiB: more is none of ours. */
export const MANIFEST_BYTES = 1024 * 1024

/**
 * An image's file as the file system knows it: what a later look is held against. Links are not followed.
 * @returns null for something else than a file
 * @throws what lstat(2) says: ENOENT, EACCES, EIO, …
 */
export async function imageFacts(file: string): Promise<ImageFacts | null> {
  const seen = await lstat(file, { bigint: true })
  if (!seen.isFile()) return null
  return {
    bytes: Number(seen.size),
    mtimeNs: String(seen.mtimeNs),
    ctimeNs: String(seen.ctimeNs),
    inode: String(seen.ino),
  }
}

/**
 * A small file whole, never more than `most` bytes of it.
 * @throws Error for a larger one, or for something else than a file; what open(2) and read(2) say
 */
export async function readSmall(file: string, most: number): Promise<Buffer> {
  await using handle = await open(file, 'r')
  const found = await handle.stat()
  if (!found.isFile()) throw new Error('is not a file')
  if (found.size > most) throw new Error(`has ${found.size} bytes, more than the ${most} that are read`)
  const buffer = Buffer.allocUnsafe(found.size + 1)
  let filled = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled)
    filled += bytesRead
    if (filled > found.size) throw new Error('grows while it is read')
    if (bytesRead === 0) return buffer.subarray(0, filled)
  }
}

export const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

/** SHA-256 of a finished backup's `manifest.json`, hex. @throws what reading it says */
export async function manifestSha256(directory: string): Promise<string> {
  return sha256(await readSmall(path.join(directory, MANIFEST_FILE), MANIFEST_BYTES))
}
