import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** Files and directories in the repository whose path names the backup. */
export async function filesOf(repository: string, backupId: string): Promise<string[]> {
  const names = await readdir(repository, { recursive: true })
  return names.filter((name) => name.includes(backupId)).map((name) => path.join(repository, name))
}

/** Bytes that the image of a disk takes on the hub's storage; null while there is none. */
export async function allocatedOnDisk(repository: string, backupId: string, key: number): Promise<number | null> {
  const image = (await filesOf(repository, backupId)).find((file) => file.endsWith(`disk-${key}.qcow2`))
  if (!image) return null
  const found = await stat(image).catch(() => null)
  return found ? found.blocks * 512 : null
}
