import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { plainPublicKey } from './public-key.ts'

/** PKCS#8 of an Ed25519 key up to its 32 bytes of seed (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')
const NAME = Buffer.from('ssh-ed25519')

/** The private key that 32 bytes of seed make. */
export function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' })
}

/** The 32 raw bytes of the public half, as base64url. */
export function rawPublicKey(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'jwk' }).x ?? ''
}

/**
 * The private key in a file that ssh-keygen wrote without a passphrase ("openssh-key-v1"). ssh-keygen itself does not sign with a
 * host key whose group may read it, as that of our sshd.
 * @throws Error when it is no such file
 */
export function readOpenSshKey(text: string): KeyObject {
  const blob = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const half = Buffer.concat([Buffer.of(0, 0, 0, NAME.length), NAME, Buffer.of(0, 0, 0, 32)])
  // Twice the public half: once in clear, once before the secret one, which is seed and public half in 64 bytes.
  const at = blob.indexOf(half, blob.indexOf(half) + 1) + half.length + 32
  const plain = blob.toString('latin1', 0, 40).startsWith('openssh-key-v1\0\0\0\0\x04none')
  if (!plain || at < half.length + 32 || blob.readUInt32BE(at) !== 64)
    throw new Error('this is no unencrypted ed25519 key of OpenSSH')
  return privateKeyOf(blob.subarray(at + 4, at + 36))
}

export const signEd25519 = (data: Uint8Array, key: KeyObject): string => sign(null, data, key).toString('base64url')

/** True when the signature (base64url) is of that raw public key (base64url). Never throws for what a stranger sent. */
export function isSignedByRaw(data: Uint8Array, signature: string, rawKey: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: rawKey }, format: 'jwk' })
    return verify(null, data, key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

/** The same for an OpenSSH public key line. */
export function isSignedBy(data: Uint8Array, signature: string, publicKey: string): boolean {
  let blob: Buffer
  try {
    blob = Buffer.from(plainPublicKey(publicKey).split(' ')[1] ?? '', 'base64')
  } catch {
    return false
  }
  return isSignedByRaw(data, signature, blob.subarray(-32).toString('base64url'))
}
