import { createHash } from 'node:crypto'
import { ProblemError } from '#contracts/problem.ts'

/**
 * An OpenSSH public key line cut down to `<type> <base64>`: no options, no comment.
 * @throws ProblemError `bad_input` when it is not one ed25519 key
 */
export function plainPublicKey(publicKey: string): string {
  const [type = '', base64 = ''] = publicKey.trim().split(/\s+/)
  const blob = Buffer.from(base64, 'base64')
  const name = Buffer.from('ssh-ed25519')
  // RFC 8709: string "ssh-ed25519", string key of 32 bytes; each string has its length in 4 bytes before it.
  const right =
    blob.length === 4 + name.length + 4 + 32 &&
    blob.readUInt32BE(0) === name.length &&
    blob.subarray(4, 4 + name.length).equals(name) &&
    blob.readUInt32BE(4 + name.length) === 32
  if (type === 'ssh-ed25519' && right && !/[\r\n]/.test(publicKey.trim())) return `${type} ${blob.toString('base64')}`
  throw new ProblemError({
    code: 'bad_input',
    field: 'publicKey',
    happened: 'This is not an ed25519 public key as OpenSSH writes it.',
    remedy: 'Copy the whole line that the appliance printed: it begins with "ssh-ed25519".',
  })
}

/** `SHA256:…`, as `ssh-keygen -lf` and sshd's log write it. */
export function fingerprint(publicKey: string): string {
  const blob = Buffer.from(plainPublicKey(publicKey).split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}
