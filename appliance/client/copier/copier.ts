import type { Extent } from '#contracts/appliance.ts'
import type { ToolReport } from '#contracts/problem.ts'

export interface CopyRequest {
  sourceUrl: string
  targetUrl: string
  sizeBytes: number
  /** As {@link Copier.requestBytes} chose it. */
  requestBytes: number
  /**
   * null: the source's own extents drive the copy. Otherwise the source is served so that all else looks like a
   * hole, and the copier must write every listed byte, zeros too, and touch nothing else.
   */
  extents: readonly Extent[] | null
  /** The target is a fresh image without a parent: what reads as zero may be left out. */
  targetIsZero: boolean
  /** The copier's process runs. */
  onStarted?(pid: number): void
  /** The copier's own fraction (0..1): coarse, and ahead of the truth. */
  onProgress(fraction: number): void
  /** The last write was sent; what follows is the flush. */
  onFlushing(): void
  /** Working directory, to which relative socket paths of the URLs refer. */
  cwd: string
  mark: string
  signal: AbortSignal
}

export interface CopyResult {
  /** True only when every write and the flush after them succeeded. */
  ok: boolean
  tool: ToolReport
}

/** Copies one disk between two NBD servers. Never throws for what the tool did. */
export interface Copier {
  /** The unit of its reads of such a disk, in bytes: extents are widened to it. */
  requestBytes(extents: readonly Extent[], sizeBytes: number): number
  copy(request: CopyRequest): Promise<CopyResult>
}
