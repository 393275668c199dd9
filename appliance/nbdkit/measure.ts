import { ProblemError } from '#contracts/problem.ts'
import { LEAF_BYTES } from '#lib/digests/leaf.ts'
import { type Extent, streamExtents } from '#lib/nbd/extents.ts'
import { openNbd } from '#lib/nbd/open.ts'

export interface Measured {
  sizeBytes: number
  /** Whole leaves of 64 KiB in which any data lies: what there is to read. */
  dataBytes: number
}

/** Adds up the whole leaves that data touches, extent by extent in order. */
export async function leafBytes(extents: AsyncIterable<Extent>, sizeBytes: number): Promise<number> {
  let dataBytes = 0
  let counted = 0
  for await (const { offset, length, kind } of extents) {
    if (kind !== 'data') continue
    const from = Math.max(counted, Math.floor(offset / LEAF_BYTES) * LEAF_BYTES)
    const to = Math.min(sizeBytes, Math.ceil((offset + length) / LEAF_BYTES) * LEAF_BYTES)
    dataBytes += Math.max(0, to - from)
    counted = Math.max(counted, to)
  }
  return dataBytes
}

/**
 * Asks a served disk for its size and for how much of it is data, in constant memory.
 * @throws ProblemError source_read; the signal's reason
 */
export async function measureDisk(
  url: string,
  { cwd, what, signal }: { cwd: string; what: string; signal?: AbortSignal },
): Promise<Measured> {
  try {
    await using client = await openNbd(url, { cwd, contexts: ['base:allocation'], ...(signal ? { signal } : {}) })
    const { sizeBytes } = client.export
    const extents = streamExtents(client, { from: 0, to: sizeBytes }, signal ? { signal } : {})
    return { sizeBytes, dataBytes: await leafBytes(extents, sizeBytes) }
  } catch (cause) {
    signal?.throwIfAborted()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ProblemError(
      {
        code: 'source_read',
        happened: `The size and allocation of ${what} cannot be read: ${why}`.slice(0, 2000),
        safe: 'Nothing was changed; earlier backups are untouched.',
        remedy: 'Check the disk at its source, then start the backup again.',
      },
      { cause },
    )
  }
}
