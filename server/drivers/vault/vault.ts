import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { createExclusive } from '#lib/fs/atomic.ts'

const VERSION = 1
const NONCE = 12
const TAG = 16

/**
 * Encrypts with AES-256-GCM: version byte, random 96-bit nonce, ciphertext, tag.
 * @param associatedData  where the secret belongs (e.g. `appliance/<id>/token`): opens only there
 * @param key             32 bytes, kept outside the database
 */
export function seal(plaintext: Uint8Array | string, associatedData: string, key: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
  cipher.setAAD(Buffer.concat([Buffer.of(VERSION), Buffer.from(associatedData)]))
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/**
 * Opens what {@link seal} made.
 * @throws ProblemError `internal` when it was made with another key or for another place, or was changed
 */
export function open(sealed: Uint8Array, associatedData: string, key: Uint8Array): Buffer {
  const data = Buffer.from(sealed)
  try {
    if (data[0] !== VERSION || data.length < 1 + NONCE + TAG) throw new Error('unknown version')
    const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(1, 1 + NONCE), { authTagLength: TAG })
    decipher.setAAD(Buffer.concat([Buffer.of(VERSION), Buffer.from(associatedData)]))
    decipher.setAuthTag(data.subarray(data.length - TAG))
    return Buffer.concat([decipher.update(data.subarray(1 + NONCE, data.length - TAG)), decipher.final()])
  } catch (error) {
    throw new ProblemError(
      {
        code: 'internal',
        happened: 'A stored secret cannot be opened with this hub’s key.',
        remedy: 'Put the key file back that was in use when it was stored, or enter the secret again.',
      },
      { cause: error },
    )
  }
}

/**
 * The key in the file, made on first use (0600, never overwritten, whole or not there).
 * @throws ProblemError `internal` when the file has another length
 */
export async function readOrCreateKey(file: string, bytes = 32): Promise<Buffer> {
  try {
    return await readKey(file, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await createExclusive(file, randomBytes(bytes), 0o600)
  return readKey(file, bytes)
}

/** The key in the file. @throws ProblemError `internal` when it has another length; Error when there is none */
export async function readKey(file: string, bytes: number): Promise<Buffer> {
  const key = await readFile(file)
  if (key.length === bytes) return key
  throw new ProblemError({
    code: 'internal',
    happened: `The key file ${path.basename(file)} holds ${key.length} bytes and not ${bytes}.`,
    remedy: 'Put the right key file back from your copy of it.',
  })
}
