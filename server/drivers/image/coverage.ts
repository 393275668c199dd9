import type { Extent } from '#contracts/appliance.ts'

/** Sorted, merged where they touch or overlap, without empty ones. */
export function normalise(extents: readonly Extent[]): Extent[] {
  const sorted = extents.filter(([, length]) => length > 0).toSorted((a, b) => a[0] - b[0])
  const merged: Extent[] = []
  for (const [start, length] of sorted) {
    const last = merged.at(-1)
    if (last && start <= last[0] + last[1]) last[1] = Math.max(last[1], start + length - last[0])
    else merged.push([start, length])
  }
  return merged
}

/** Sum of the lengths of merged extents. */
export function totalBytes(extents: readonly Extent[]): number {
  return extents.reduce((sum, [, length]) => sum + length, 0)
}

/** What lies in `a` and not in `b`. */
export function subtract(a: readonly Extent[], b: readonly Extent[]): Extent[] {
  const holes = normalise(b)
  const rest: Extent[] = []
  let next = 0
  for (const [start, length] of normalise(a)) {
    const end = start + length
    let from = start
    while (next < holes.length && endOf(holes[next]) <= start) next++
    for (let i = next; i < holes.length; i++) {
      const hole = holes[i]
      if (!hole || hole[0] >= end) break
      if (hole[0] > from) rest.push([from, hole[0] - from])
      from = Math.max(from, hole[0] + hole[1])
    }
    if (from < end) rest.push([from, end - from])
  }
  return rest
}

const endOf = (extent: Extent | undefined) => (extent ? extent[0] + extent[1] : Number.POSITIVE_INFINITY)

/**
 * Source data that the image does not hold: what the copier left out. Each piece must then be known to be zeros, or the
 * image is not a copy. Source data beyond the image's end is missing too.
 * @param sourceExtents   data extents of the source, bytes
 * @param presentExtents  what the image holds (`mapImage`)
 * @param imageSize       virtual size of the image; presence beyond it does not count
 */
export function missingExtents(
  sourceExtents: readonly Extent[],
  presentExtents: readonly Extent[],
  imageSize: number,
): Extent[] {
  const inside = presentExtents
    .map(([start, length]): Extent => [start, Math.min(length, imageSize - start)])
    .filter(([, length]) => length > 0)
  return subtract(sourceExtents, inside)
}
