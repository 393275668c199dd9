/** Bytes of a disk: from `from` up to and without `to`. */
export interface Range {
  from: number
  to: number
}

export const LEAF = 65_536

/** What of two ranges is in both; null: nothing. */
export function overlap(a: Range, b: Range): Range | null {
  const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)]
  return from < to ? { from, to } : null
}

/** The ranges without what is in `gone`. */
export function without(ranges: readonly Range[], gone: Range): Range[] {
  return ranges.flatMap((range) => {
    const both = overlap(range, gone)
    if (!both) return [range]
    return [
      { from: range.from, to: both.from },
      { from: both.to, to: range.to },
    ].filter(({ from, to }) => from < to)
  })
}

/** Numbers of the blocks of 64 KiB that the ranges touch, in order, each once. */
export function leavesOf(ranges: readonly Range[]): number[] {
  const leaves = new Set<number>()
  for (const { from, to } of ranges) for (let leaf = Math.floor(from / LEAF); leaf * LEAF < to; leaf++) leaves.add(leaf)
  return [...leaves].toSorted((a, b) => a - b)
}
