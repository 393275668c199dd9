import { createHash, type KeyObject, randomBytes } from 'node:crypto'
import { ProblemError } from '#contracts/problem.ts'
import { privateKeyOf, rawPublicKey } from '../ssh/ed25519.ts'
import { plainPublicKey } from '../ssh/public-key.ts'

/** Crockford's base32: no letter that looks like a figure. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const PRINT_BYTES = 16
const SECRET_BYTES = 12
const CHECK_BYTES = 2
const GROUP = 6
const LENGTH = ((PRINT_BYTES + SECRET_BYTES + CHECK_BYTES) * 8) / 5

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const checkOf = (body: Uint8Array) => sha256('sendense pairing code', body).subarray(0, CHECK_BYTES)

/** What a pairing code says. */
export interface PairingCode {
  /** The first 16 bytes of the SHA-256 of the hub's SSH host key. */
  hostKeyPrint: Buffer
  /** Proves knowledge of the code. Its secret half never travels, and the hub keeps only the other one. */
  key: KeyObject
  /** base64url of the public half: what the hub knows the code by. */
  codeKey: string
}

const hostKeyPrint = (hostKey: string) =>
  sha256(Buffer.from(plainPublicKey(hostKey).split(' ')[1] ?? '', 'base64')).subarray(0, PRINT_BYTES)

/** True when the code was made by the hub with that host key (`ssh-ed25519 AAAA…`). */
export const isCodeOf = (code: PairingCode, hostKey: string): boolean => code.hostKeyPrint.equals(hostKeyPrint(hostKey))

function read(body: Buffer): PairingCode {
  const key = privateKeyOf(sha256('sendense pairing code key', body))
  return { hostKeyPrint: body.subarray(0, PRINT_BYTES), key, codeKey: rawPublicKey(key) }
}

/** A new code for the hub with that host key: 96 bits of chance, 48 letters and figures in groups of six. */
export function makePairingCode(hostKey: string): { text: string; codeKey: string } {
  const body = Buffer.concat([hostKeyPrint(hostKey), randomBytes(SECRET_BYTES)])
  return { text: encode(Buffer.concat([body, checkOf(body)])), codeKey: read(body).codeKey }
}

/**
 * Reads what a person typed: case, spaces and hyphens do not matter, nor O for 0 and I or L for 1.
 * @throws ProblemError `bad_input` when a letter is wrong or missing
 */
export function parsePairingCode(text: string): PairingCode {
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  const bytes = plain.length === LENGTH ? decode(plain) : null
  const body = bytes?.subarray(0, -CHECK_BYTES)
  if (body && checkOf(body).equals(bytes?.subarray(-CHECK_BYTES) ?? body)) return read(body)
  throw new ProblemError({
    code: 'bad_input',
    field: 'code',
    happened: `This is no pairing code: it has ${plain.length} of ${LENGTH} letters and figures, or one of them is wrong.`,
    remedy: 'Copy the whole code again from the hub’s page Appliances.',
  })
}

function encode(bytes: Uint8Array): string {
  let bits = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  for (let i = 0; i < LENGTH; i++) {
    text = (ALPHABET[Number(bits & 31n)] ?? '') + text
    bits >>= 5n
  }
  return text.match(new RegExp(`.{${GROUP}}`, 'g'))?.join('-') ?? text
}

function decode(plain: string): Buffer | null {
  let bits = 0n
  for (const letter of plain) {
    const value = ALPHABET.indexOf(letter)
    if (value < 0) return null
    bits = (bits << 5n) | BigInt(value)
  }
  return Buffer.from(bits.toString(16).padStart((LENGTH * 5) / 4, '0'), 'hex')
}
