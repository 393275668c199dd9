import { open, rm, stat, writeFile } from 'node:fs/promises'
import { run } from '#lib/process/run.ts'

const SECTOR = 4096

async function dd(...args: string[]): Promise<{ ok: boolean; said: string }> {
  const { ok, stderr } = await run('dd', ['status=none', ...args])
  return { ok, said: stderr.trim() }
}

/** Nothing of the file stays in the page cache: who reads it next asks the medium. */
async function dropCache(file: string): Promise<void> {
  const { ok, said } = await dd(`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0')
  if (!ok) throw new Error(`dd: ${said}`)
}

/**
 * Writes bytes below the page cache, as a disk does that returns something else than it was given: whole sectors by
 * O_DIRECT where the file system has it, else a synced write that is dropped from the cache.
 * @throws Error when the file does not hold the bytes afterwards
 */
export async function writeMedium(file: string, at: number, bytes: Buffer): Promise<void> {
  const { size } = await stat(file)
  const from = Math.floor(at / SECTOR) * SECTOR
  const to = Math.ceil((at + bytes.length) / SECTOR) * SECTOR
  if (at + bytes.length > size) throw new Error(`${file} has ${size} bytes: nothing to change at ${at}`)
  let direct = false
  if (to <= size) {
    const block = await readRange(file, from, to - from)
    bytes.copy(block, at - from)
    const piece = `${file}.piece`
    await writeFile(piece, block)
    const { ok } = await dd(
      ...[`if=${piece}`, `of=${file}`, `bs=${SECTOR}`, `seek=${from / SECTOR}`, 'oflag=direct', 'conv=notrunc,fsync'],
    )
    await rm(piece)
    direct = ok
  }
  if (!direct) {
    await using handle = await open(file, 'r+')
    await handle.write(bytes, 0, bytes.length, at)
    await handle.sync()
  }
  await dropCache(file)
  if (!(await readRange(file, at, bytes.length)).equals(bytes))
    throw new Error(`${file} does not hold what was written at ${at}`)
}

/** The file is shorter from now on, also on the medium. */
export async function cutShort(file: string, bytes: number): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.truncate(bytes)
  await handle.sync()
}

export async function readRange(file: string, at: number, length: number): Promise<Buffer> {
  await using handle = await open(file)
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await handle.read(bytes, 0, length, at)
  return bytes.subarray(0, bytesRead)
}
