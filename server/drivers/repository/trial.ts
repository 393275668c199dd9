import { randomUUID } from 'node:crypto'
import { constants, open, rm } from 'node:fs/promises'
import path from 'node:path'

/** What a file of ours met in a directory. */
export interface WriteTrial {
  /** open(2) with O_DIRECT is known: qemu-nbd writes past the page cache. */
  direct: boolean
  /** A hole in a file takes no room: an image is no larger than its data. */
  sparse: boolean
}

const HOLE = 1024 * 1024

/** Really writes a small file with a hole, synced, and removes it. @throws what the operating system refused */
export async function tryWrite(directory: string): Promise<WriteTrial> {
  const file = path.join(directory, `.sendense-write-test-${randomUUID()}`)
  try {
    await using handle = await open(file, 'wx', 0o600)
    await handle.write(Buffer.alloc(4096, 1), 0, 4096, HOLE)
    await handle.sync()
    const { blocks } = await handle.stat()
    return { direct: await knowsDirect(file), sparse: blocks * 512 < HOLE }
  } finally {
    await rm(file, { force: true })
  }
}

async function knowsDirect(file: string): Promise<boolean> {
  try {
    await using _file = await open(file, constants.O_RDWR | constants.O_DIRECT)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EINVAL'
  }
}
