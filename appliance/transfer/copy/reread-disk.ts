import { LEAF_BYTES, leafCount, leafDigest, leafKind, leafLength } from '#lib/digests/leaf.ts'
import type { NbdClient } from '#lib/nbd/client.ts'
import { streamExtents } from '#lib/nbd/extents.ts'
import { Connections } from './connections.ts'
import { onSide } from './error.ts'
import { leafRanges } from './leaf-ranges.ts'
import type { CopyProgress } from './progress.ts'

const REQUEST_LEAVES = 16
const REQUESTS = 8

export interface RereadOptions {
  openSource(): Promise<NbdClient>
  connections: number
  sizeBytes: number
  /** The digest that was made while it was copied; a hole is all zero (lib/digests/leaf.ts). Valid until the next call. */
  expected(leaf: number): Buffer
  limiter: { take(bytes: number, signal?: AbortSignal): Promise<void> | null }
  progress: CopyProgress
  signal: AbortSignal
}

export interface Reread {
  /** Compared: leaves that hold data now or held it then. */
  leaves: number
  differing: number
  /** Bytes of the disk where the first and the last leaf begin that differ; null when none does. */
  firstOffset: number | null
  lastOffset: number | null
}

/**
 * Reads the source again and compares every leaf with the digest that was made while it was copied. A leaf that was a hole and
 * holds data now is compared as zeros, and the other way round.
 * @throws CopyError, the signal's reason
 */
export async function rereadDisk(options: RereadOptions): Promise<Reread> {
  const { signal, sizeBytes } = options
  using source = await Connections.open('source', options.openSource, options.connections)
  const found: Reread = { leaves: 0, differing: 0, firstOffset: null, lastOffset: null }
  const compare = (leaf: number, zero: boolean, digest: () => Buffer) => {
    const then = options.expected(leaf)
    const kind = leafKind(then, 0)
    if (kind === 'hole' && zero) return
    found.leaves++
    if (kind === 'hashed' ? !zero && then.equals(digest()) : zero) return
    const offset = leaf * LEAF_BYTES
    found.differing++
    found.firstOffset = Math.min(found.firstOffset ?? offset, offset)
    found.lastOffset = Math.max(found.lastOffset ?? offset, offset)
  }
  const readPart = async (first: number, count: number) => {
    const offset = first * LEAF_BYTES
    const bytes = Buffer.allocUnsafe(Math.min(count * LEAF_BYTES, sizeBytes - offset))
    const turn = options.limiter.take(bytes.length, signal)
    if (turn !== null) await turn
    await onSide('source', source.idlest.read(offset, bytes))
    options.progress.readBytes += bytes.length
    for (let index = 0; index < count; index++) {
      const from = index * LEAF_BYTES
      const digest = leafDigest(bytes.subarray(from, from + leafLength(first + index, sizeBytes)))
      compare(first + index, leafKind(digest, 0) === 'zero', () => digest)
    }
  }
  const cut = () => source[Symbol.dispose]()
  signal.addEventListener('abort', cut, { once: true })
  const running = new Set<Promise<void>>()
  try {
    const extents = streamExtents(source.first, { from: 0, to: sizeBytes }, { signal })
    for await (const { kind, first, count } of leafRanges(extents, leafCount(sizeBytes))) {
      for (let at = first; at < first + count; at += REQUEST_LEAVES) {
        const part = Math.min(REQUEST_LEAVES, first + count - at)
        if (kind === 'hole') {
          for (let leaf = at; leaf < at + part; leaf++) compare(leaf, true, () => Buffer.alloc(0))
          continue
        }
        if (running.size >= REQUESTS) await Promise.race(running)
        const reading = readPart(at, part).finally(() => running.delete(reading))
        reading.catch(() => undefined)
        running.add(reading)
      }
    }
    await Promise.all(running)
    await source.close()
    return found
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cut)
    await Promise.allSettled(running)
  }
}
