import { randomBytes } from 'node:crypto'
import { rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { createExclusive, syncDirectory } from '#lib/fs/atomic.ts'
import { open, readKey, readOrCreateKey, seal } from './vault.ts'

const KEY_BYTES = 32

/**
 * The hub's key, and the one that is to follow it while a rotation is under way. Files are read at each use: another process may
 * rotate them at any moment.
 */
export interface Keyring {
  /** AES-256-GCM by the newest key; opens only for the same associated data. */
  seal(plaintext: string, associatedData: string): Promise<Buffer>
  /** @throws ProblemError `internal` when no key of the ring made it, or it is for another place, or was changed */
  open(sealed: Uint8Array, associatedData: string): Promise<Buffer>
  /** Makes the key that is to follow, or finds the one of a rotation that was cut off: from now on everything is sealed by it. */
  begin(): Promise<{ resumed: boolean }>
  /** Puts it in the place of the former key, which is gone then: only once nothing is sealed by that any more. */
  finish(): Promise<void>
}

/** Where a keyring's files lie. */
export const keyFiles = (secretsDir: string) => ({
  key: path.join(secretsDir, 'vault.key'),
  next: path.join(secretsDir, 'vault.key.next'),
})

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  )

export function createKeyring(secretsDir: string): Keyring {
  const files = keyFiles(secretsDir)
  const next = async () => ((await exists(files.next)) ? readKey(files.next, KEY_BYTES).catch(() => null) : null)
  const current = () => readOrCreateKey(files.key, KEY_BYTES)

  async function openByAny(sealed: Uint8Array, associatedData: string): Promise<Buffer> {
    const key = await current()
    try {
      return open(sealed, associatedData, key)
    } catch (error) {
      const other = await next()
      if (other === null) throw error
      return open(sealed, associatedData, other)
    }
  }

  return {
    seal: async (plaintext, associatedData) => seal(plaintext, associatedData, (await next()) ?? (await current())),
    async open(sealed, associatedData) {
      // The files may change places between the reading of one and of the other: then both are read again.
      return openByAny(sealed, associatedData).catch(() => openByAny(sealed, associatedData))
    },
    async begin() {
      await current()
      // It stays its owner's, whoever rotates: the hub must be able to read it.
      const { uid, gid } = await stat(files.key)
      const owner = process.getuid?.() === 0 ? { uid, gid } : null
      return { resumed: !(await createExclusive(files.next, randomBytes(KEY_BYTES), 0o600, owner)) }
    },
    async finish() {
      await rename(files.next, files.key)
      await syncDirectory(secretsDir)
    },
  }
}
