import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { ProblemError } from '#contracts/problem.ts'
import type { JobFiles } from './record.ts'

/**
 * A part of a disk's digest log. Nothing is in that file before the FLUSH that covers it: the hub may rely on it, as far as it was
 * told that it is stored.
 * @throws ProblemError bad_input
 */
export async function digestPart(files: JobFiles, key: number, from: number, to: number): Promise<Readable> {
  const { size } = await stat(files.digests(key)).catch(() => ({ size: 0 }))
  if (from > to || to > size)
    throw new ProblemError({
      code: 'bad_input',
      happened: `The digest log of disk ${key} has ${size} bytes; ${from} to ${to} were asked for.`,
      field: 'to',
    })
  if (from === to) return Readable.from([])
  return createReadStream(files.digests(key), { start: from, end: to - 1, highWaterMark: 256 * 1024 })
}
