import type { ApplianceOutput, Extent } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { run } from '#lib/process/run.ts'
import { mergeExtents } from '../nbdkit/extents.ts'
import { type ServeOptions, serveDisk } from '../nbdkit/serve.ts'

/** Largest single read: qemu-io holds it in memory. */
const PIECE_BYTES = 16 * 1024 * 1024
/** Most reads, and most bytes, of one qemu-io. */
const BATCH_READS = 256
const BATCH_BYTES = 1024 * 1024 * 1024
const BATCH_TIMEOUT_MS = 600_000

/** The ranges in pieces one read can hold, nothing left out and nothing twice. */
export function pieces(ranges: readonly Extent[], pieceBytes = PIECE_BYTES): Extent[] {
  return mergeExtents(ranges).flatMap(([offset, length]) =>
    Array.from({ length: Math.ceil(length / pieceBytes) }, (_, index): Extent => {
      const from = index * pieceBytes
      return [offset + from, Math.min(pieceBytes, length - from)]
    }),
  )
}

/** Groups of reads for one qemu-io each. */
export function batches(reads: readonly Extent[], maxReads = BATCH_READS, maxBytes = BATCH_BYTES): Extent[][] {
  const groups: Extent[][] = []
  let bytes = 0
  for (const read of reads) {
    const group = groups.at(-1)
    if (group && group.length < maxReads && bytes + read[1] <= maxBytes) {
      group.push(read)
      bytes += read[1]
    } else {
      groups.push([read])
      bytes = read[1]
    }
  }
  return groups
}

/**
 * Reads every byte of the ranges and says whether all are zero. Stops at the first that is not.
 * @throws ProblemError source_read when a range cannot be read; bad_input when it lies beyond the disk
 */
export async function verifyZero(
  disk: ServeOptions & { sizeBytes: number },
  ranges: readonly Extent[],
  signal: AbortSignal,
): Promise<ApplianceOutput<'jobs.verifyZero'>> {
  const beyond = ranges.find(([offset, length]) => offset + length > disk.sizeBytes)
  if (beyond)
    throw new ProblemError({
      code: 'bad_input',
      happened: `The range ${beyond.join('+')} lies beyond the ${disk.sizeBytes} bytes of ${disk.what}.`,
      field: 'ranges',
    })
  const groups = batches(pieces(ranges))
  if (groups.length === 0) return { zero: true, checkedBytes: 0, detail: null }
  await using served = await serveDisk(disk)
  let checkedBytes = 0
  for (const group of groups) {
    const commands = group.flatMap(([offset, length]) => ['-c', `read -P 0 ${offset} ${length}`])
    const result = await run('qemu-io', ['-f', 'raw', '-r', ...commands, served.url], {
      cwd: disk.cwd,
      timeoutMs: BATCH_TIMEOUT_MS,
      signal,
    })
    const words = `${result.stdout}\n${result.stderr}`
    const differs = /Pattern verification failed at offset (\d+), (\d+) bytes/.exec(words)
    if (differs) return { zero: false, checkedBytes, detail: differs[0] }
    // Each read must have said itself that it was whole: an exit status alone could hide one that never ran.
    const done = words.matchAll(/^read (\d+)\/(\d+) bytes at offset \d+$/gm).toArray()
    const whole = done.length === group.length && done.every(([, got, wanted]) => got === wanted)
    if (!result.ok || !whole)
      throw new ProblemError({
        code: 'source_read',
        happened: `${disk.what} cannot be read again to compare it: ${words.trim().split('\n').at(-1)}`.slice(0, 2000),
        safe: 'The copied data is not counted as proved; earlier backups are untouched.',
        remedy: 'Check the disk at its source, then start the backup again.',
        tool: result.report,
      })
    checkedBytes += group.reduce((sum, [, length]) => sum + length, 0)
  }
  return { zero: true, checkedBytes, detail: null }
}
