import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { createExclusive } from '#lib/fs/atomic.ts'

/**
 * Reads a secret of the hub; makes it (256 bits, 0600, directory 0700) when there is none. Two callers at once get the same one.
 */
export async function readOrCreateSecret(file: string): Promise<string> {
  const known = await readSecret(file)
  if (known) return known
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await createExclusive(file, `${randomBytes(32).toString('base64url')}\n`, 0o600)
  const made = await readSecret(file)
  if (!made) throw new Error(`${file} is empty: delete it, and a new one is made`)
  return made
}

/** The secret in the file; null when there is no file. */
export async function readSecret(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
