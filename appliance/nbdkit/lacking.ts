import type { Extent } from '#contracts/appliance.ts'
import { mergeExtents, widened } from './extents.ts'

/**
 * The whole blocks that must be copied again: every block the source has data in, but for those that the target holds
 * whole. Sorted, merged, within the disk.
 * @param present what the target says it holds; a block of which only a part is there counts as lacking
 */
export function lackingBlocks(
  source: readonly Extent[],
  present: readonly Extent[],
  sizeBytes: number,
  block: number,
): Extent[] {
  const whole = mergeExtents(present).flatMap(([offset, length]): Extent[] => {
    const from = Math.ceil(offset / block) * block
    const end = offset + length
    const to = end >= sizeBytes ? sizeBytes : Math.floor(end / block) * block
    return to > from ? [[from, to - from]] : []
  })
  return subtract(widened(source, block, sizeBytes), whole)
}

/** What is in `all` and not in `gone`; both sorted and merged. */
export function subtract(all: readonly Extent[], gone: readonly Extent[]): Extent[] {
  const left: Extent[] = []
  let next = 0
  for (const [offset, length] of all) {
    const end = offset + length
    let from = offset
    while (next < gone.length) {
      const [holeFrom = 0, holeLength = 0] = gone[next] ?? []
      if (holeFrom >= end) break
      if (holeFrom > from) left.push([from, holeFrom - from])
      from = Math.max(from, holeFrom + holeLength)
      // One that reaches beyond this extent is asked again by the next.
      if (holeFrom + holeLength > end) break
      next++
    }
    if (from < end) left.push([from, end - from])
  }
  return left
}
