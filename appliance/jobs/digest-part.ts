import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { ProblemError } from '#contracts/problem.ts'
import type { JobFiles } from './record.ts'
import { storedBytes } from './report-file.ts'

/**
 * A part of a disk's digest log. Only what a FLUSH covers is given out: the hub may rely on it.
 * @throws ProblemError bad_input
 */
export async function digestPart(files: JobFiles, key: number, from: number, to: number): Promise<Readable> {
  const stored = (await storedBytes(files.reports)).get(key) ?? 0
  const { size } = await stat(files.digests(key)).catch(() => ({ size: 0 }))
  if (from > to || to > Math.min(stored, size))
    throw new ProblemError({
      code: 'bad_input',
      happened: `The digest log of disk ${key} has ${Math.min(stored, size)} bytes that are stored; ${from} to ${to} were asked for.`,
      field: 'to',
    })
  if (from === to) return Readable.from([])
  return createReadStream(files.digests(key), { start: from, end: to - 1, highWaterMark: 256 * 1024 })
}
