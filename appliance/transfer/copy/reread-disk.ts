import { ExtentWindows } from '#lib/nbd/extents.ts'
import { checkSource } from './checks.ts'
import { Connections } from './connections.ts'
import { onSide } from './error.ts'
import { isZero, LEAF_BYTES, leafDigest, ZERO_LEAF } from './leaf.ts'
import { type CopyOptions, DEFAULTS } from './options.ts'
import { LeafPlan, type Stretch } from './plan.ts'

export interface RereadOptions
  extends Pick<CopyOptions, 'openSource' | 'sizeBytes' | 'limiter' | 'signal' | 'requestBytes' | 'bufferBytes'> {
  /** Upper bound, as of a copy. */
  connections: number
  /** The digest that the copy told of a leaf; null: it was a hole by the source's word. Asked once or twice for each leaf. */
  expected: (leaf: number) => Buffer | null
  progress: Pick<CopyOptions['progress'], 'readBytes' | 'zeroBytes' | 'holeBytes' | 'lastMoveAt'>
}

export interface RereadResult {
  /** Leaves that were read and compared. */
  leaves: number
  differing: number
  /** Of the first and the last leaf that differ, in bytes. */
  firstOffset: number | null
  lastOffset: number | null
}

/**
 * Reads a disk again and compares it with the digests of its copy: every leaf with a digest, and every leaf that holds data now. A leaf that
 * was a hole then and holds something else than zeros now differs.
 * @throws CopyError of side `source`, what a callback threw, or the signal's reason
 */
export async function rereadDisk(options: RereadOptions): Promise<RereadResult> {
  options.signal.throwIfAborted()
  const stop = Promise.withResolvers<never>()
  stop.promise.catch(() => {})
  const abort = () => stop.reject(options.signal.reason)
  options.signal.addEventListener('abort', abort, { once: true })
  const source = new Connections('source', stop.reject)
  try {
    const result = await Promise.race([reread(options, source), stop.promise])
    await source.disconnect()
    return result
  } finally {
    options.signal.removeEventListener('abort', abort)
    source.destroy()
  }
}

async function reread(options: RereadOptions, source: Connections): Promise<RereadResult> {
  const { sizeBytes, expected, openSource, connections } = options
  await source.open(openSource, connections, ({ export: facts }) => checkSource(facts, sizeBytes))
  const windows = new ExtentWindows(source.first, { from: 0, to: sizeBytes })
  const requestBytes = Math.max(LEAF_BYTES, options.requestBytes ?? DEFAULTS.requestBytes)
  const plan = new LeafPlan({
    sizeBytes,
    requestBytes,
    nextWindow: () => windows.next(),
    wants: () => true,
    wantsHole: (leaf) => expected(leaf) !== null,
  })
  const result: RereadResult = { leaves: 0, differing: 0, firstOffset: null, lastOffset: null }
  const differs = (offset: number) => {
    result.differing += 1
    result.firstOffset = Math.min(result.firstOffset ?? offset, offset)
    result.lastOffset = Math.max(result.lastOffset ?? offset, offset)
  }
  let advancing: Promise<void> | null = null
  /** Plans are made in order, by whichever reader comes first. */
  const next = async (): Promise<Stretch | null> => {
    for (;;) {
      const stretch = advancing ? 'more' : plan.next()
      if (stretch === 'end') return null
      if (stretch !== 'more') return stretch
      advancing ??= plan.advance().finally(() => {
        advancing = null
      })
      await advancing
    }
  }
  const { progress, limiter, signal } = options
  const reader = async () => {
    const buffer = Buffer.allocUnsafeSlow(requestBytes)
    for (let stretch = await next(); stretch; stretch = await next()) {
      await limiter.take(stretch.length)
      signal.throwIfAborted()
      const bytes = buffer.subarray(0, stretch.length)
      await source.idlest.read(stretch.offset, bytes)
      progress.readBytes += bytes.length
      progress.holeBytes = plan.holeBytes
      progress.lastMoveAt = performance.now()
      for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
        const leaf = bytes.subarray(at, at + LEAF_BYTES)
        const zero = isZero(leaf)
        if (zero) progress.zeroBytes += leaf.length
        const known = expected((stretch.offset + at) / LEAF_BYTES) ?? ZERO_LEAF
        result.leaves += 1
        if (!known.equals(zero ? ZERO_LEAF : leafDigest(leaf))) differs(stretch.offset + at)
      }
    }
  }
  const readers = Math.max(2, Math.floor((options.bufferBytes ?? DEFAULTS.bufferBytes) / requestBytes))
  try {
    await Promise.all(Array.from({ length: readers }, reader))
  } catch (error) {
    throw onSide('source', error)
  }
  return result
}
