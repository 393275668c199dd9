import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { GrantAddress } from './statement.ts'

const NONCE = 12
const TAG = 16

/** A key pair for one exchange; the public half as base64url. */
export function makeExchangeKey(): { privateKey: KeyObject; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  return { privateKey, publicKey: publicKey.export({ format: 'jwk' }).x ?? '' }
}

/** Bound to both halves and to whom it is for, so that nothing sealed for one is opened by another. */
function sharedKey(own: KeyObject, theirs: string, hubKey: string, to: GrantAddress): Buffer {
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: theirs }, format: 'jwk' })
  const secret = diffieHellman({ privateKey: own, publicKey })
  const about = JSON.stringify(['sendense-enrolment-v1 grant', to.enrolmentId, to.publicKey, to.exchangeKey, hubKey])
  return Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), about, 32))
}

/** Seals words that only who made `to.exchangeKey` can read, by a key used once (X25519, HKDF-SHA-256, AES-256-GCM). */
export function sealGrant(words: string, to: GrantAddress): { exchangeKey: string; sealed: string } {
  const own = makeExchangeKey()
  const nonce = randomBytes(NONCE)
  const key = sharedKey(own.privateKey, to.exchangeKey, own.publicKey, to)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
  const sealed = Buffer.concat([nonce, cipher.update(words, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { exchangeKey: own.publicKey, sealed: sealed.toString('base64url') }
}

/** Opens what {@link sealGrant} made. @throws Error when it is for another, or was changed */
export function openGrant(grant: { exchangeKey: string; sealed: string }, own: KeyObject, to: GrantAddress): string {
  const data = Buffer.from(grant.sealed, 'base64url')
  const key = sharedKey(own, grant.exchangeKey, grant.exchangeKey, to)
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAuthTag(data.subarray(-TAG))
  return Buffer.concat([decipher.update(data.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8')
}
