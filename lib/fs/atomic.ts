import { randomUUID } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'

/** Makes what happened to the directory's names survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r')
  await handle.sync()
}

async function writeTemporary(
  file: string,
  data: Uint8Array | string,
  mode: number,
  owner?: { uid: number; gid: number } | null,
): Promise<string> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`)
  await using handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(data)
    if (owner) await handle.chown(owner.uid, owner.gid)
    await handle.chmod(mode)
    await handle.sync()
    return temporary
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Replaces the file at once, synced: a reader sees the old one or the new one, whole, also after a power cut. */
export async function writeAtomic(
  file: string,
  data: Uint8Array | string,
  mode: number,
  owner?: { uid: number; gid: number } | null,
): Promise<void> {
  const temporary = await writeTemporary(file, data, mode, owner)
  try {
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(path.dirname(file))
}

/**
 * Makes the file, whole and synced, only if there is none.
 * @returns false when somebody else made it first
 */
export async function createExclusive(
  file: string,
  data: Uint8Array | string,
  mode: number,
  owner?: { uid: number; gid: number } | null,
): Promise<boolean> {
  const temporary = await writeTemporary(file, data, mode, owner)
  try {
    await link(temporary, file)
    await syncDirectory(path.dirname(file))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}
