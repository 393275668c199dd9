import { createCipheriv, createHash } from 'node:crypto'

/** Bytes written to a file by one call. */
export const CHUNK_BYTES = 4 * 1024 * 1024

const keyOf = (seed: string) => createHash('sha256').update(seed).digest()
const zeros = Buffer.alloc(CHUNK_BYTES)

/** Endless incompressible bytes, the same for the same seed (the key stream of AES-256-CTR: faster than any disk). */
export function randomBytesOf(seed: string): (length: number) => Buffer {
  const cipher = createCipheriv('aes-256-ctr', keyOf(seed), Buffer.alloc(16))
  return (length) => cipher.update(length <= zeros.length ? zeros.subarray(0, length) : Buffer.alloc(length))
}

const words = (
  'connection accepted closed from session opened for user backup started finished snapshot created removed disk read ' +
  'write flushed slow query took rows index scan table vacuum checkpoint complete cache hit miss timeout retry request ' +
  'response status ok warning error failed service reloaded configuration kernel device link up down mounted'
).split(' ')

/** One line as a server's log has it. `pick` answers a number below its argument. */
function logLine(pick: (below: number) => number): string {
  const time = new Date(1_760_000_000_000 + pick(1_000_000_000)).toISOString()
  const message = Array.from({ length: 4 + pick(12) }, () => words[pick(words.length)]).join(' ')
  return `${time} pgtest1 service[${pick(32_768)}]: ${message} id=${pick(1_000_000_000)}\n`
}

/** A source of small whole numbers, the same for the same seed. */
export function pickerOf(seed: string): (below: number) => number {
  const bytes = randomBytesOf(seed)
  return (below) => bytes(4).readUInt32LE() % below
}

/**
 * Endless compressible text, the same for the same seed: slices of a pool of log lines in a random order,
 * because making every line anew would be slower than the disk.
 */
export function textOf(seed: string, poolBytes = 512 * 1024): (length: number) => Buffer {
  const pick = pickerOf(seed)
  const lines: string[] = []
  for (let size = 0; size < poolBytes; size += lines.at(-1)?.length ?? 1) lines.push(logLine(pick))
  const pool = Buffer.from(lines.join(''))
  return (length) => {
    const out = Buffer.allocUnsafe(length)
    for (let at = 0; at < length; ) {
      const from = pick(pool.length - 8192)
      at += pool.copy(out, at, from, from + 2048 + pick(6144))
    }
    return out
  }
}
