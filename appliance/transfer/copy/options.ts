import type { NbdClient } from '#lib/nbd/client.ts'
import type { DigestSink } from './late-digests.ts'

/** Counters of one copy, changed in place. */
export interface CopyProgress {
  /** Read from the source. */
  readBytes: number
  /** Of these: leaves that hold zeros only. */
  zeroBytes: number
  /** Data that the target acknowledged. */
  writtenBytes: number
  /** Zeros that the target acknowledged. */
  zeroWrittenBytes: number
  /** Not read: holes by the source's word, of the part that was passed. */
  holeBytes: number
  /** Read, and not yet acknowledged by the target. */
  waitingBytes: number
  /** When a byte was last read or acknowledged, by `performance.now()`; 0: never. */
  lastMoveAt: number
}

export function noProgress(): CopyProgress {
  return {
    readBytes: 0,
    zeroBytes: 0,
    writtenBytes: 0,
    zeroWrittenBytes: 0,
    holeBytes: 0,
    waitingBytes: 0,
    lastMoveAt: 0,
  }
}

export interface CopyOptions {
  /** Opens one connection; it must ask for `base:allocation`, or the whole disk is read. */
  openSource: () => Promise<NbdClient>
  openTarget: () => Promise<NbdClient>
  /** Upper bounds; one is opened where the export does not say that several see one disk. */
  sourceConnections: number
  targetConnections: number
  /** Of the disk. The source may be rounded up to whole blocks of at most 4 KiB, the target may be larger. */
  sizeBytes: number
  /** Leaves (64 KiB) that are not copied: stored before. Asked once for each leaf with data. */
  isStored: (leaf: number) => boolean
  /**
   * Called for each leaf after its write was acknowledged, in any order; {@link ZERO_LEAF} for one that was read and is all zero. Holes by
   * the source's word are told as soon as they are known, and without a digest.
   */
  digests: DigestSink
  /** Called after a FLUSH on the target that covers everything that `digests` was told until now; awaited. */
  onFlushed: () => Promise<void>
  /** Everything is acknowledged, and the last FLUSH begins. */
  onFlushing?: () => void
  /** Data written since the last FLUSH; default 4 GiB. */
  flushEveryBytes?: number
  /** Since the first write after the last FLUSH; default 10 s. */
  flushEveryMs?: number
  /** Asked before each read; null: go on at once. */
  limiter: { take(bytes: number): Promise<void> | null }
  progress: CopyProgress
  /** Longest read, a multiple of 64 KiB. */
  requestBytes?: number
  /** All buffers of this disk. */
  bufferBytes?: number
  signal: AbortSignal
}

export const DEFAULTS = {
  requestBytes: 1024 * 1024,
  bufferBytes: 8 * 1024 * 1024,
  flushEveryBytes: 4 * 1024 ** 3,
  flushEveryMs: 10_000,
} as const
