import type { DiskProgress } from '#contracts/events.ts'

/** Where a tab keeps how far a running job is: written by the stream alone, never asked for. */
export const copiedKey = (jobId: string) => ['copied', jobId] as const

type Figures = Pick<DiskProgress, 'readBytes' | 'sentBytes' | 'dataBytes'>

/**
 * Whole percents of the data that are copied (read, or sent where reading cannot be measured), so that a row of a list is
 * not drawn again for less; null: not known.
 */
export function copiedPercent(disks: readonly Figures[]): number | null {
  let copied = 0
  let data = 0
  for (const { readBytes, sentBytes, dataBytes } of disks) {
    const moved = readBytes ?? sentBytes
    if (moved === null || dataBytes === null) return null
    copied += Math.min(moved, dataBytes)
    data += dataBytes
  }
  return data > 0 ? Math.floor((copied / data) * 100) : null
}
