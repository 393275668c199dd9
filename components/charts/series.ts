export interface Point {
  /** Seconds since the chart's beginning. */
  x: number
  /** null: a gap. */
  y: number | null
}

const SHORTEST_GAP_S = 5

/**
 * Pairs times and values, and puts a gap where samples are missing: where the way to the next one is far longer than
 * those around it. Thinned samples stand far apart too, but evenly.
 */
export function pointsOf(at: readonly number[], values: readonly (number | null)[], begin: number): Point[] {
  const points: Point[] = []
  at.forEach((time, index) => {
    const x = (time - begin) / 1000
    const step = (to: number) => ((at[to] ?? 0) - (at[to - 1] ?? 0)) / 1000
    if (index > 0) {
      const here = step(index)
      const around = Math.max(index > 1 ? step(index - 1) : 0, index + 1 < at.length ? step(index + 1) : 0)
      if (here > SHORTEST_GAP_S && here > 3 * around) points.push({ x: x - here / 2, y: null })
    }
    points.push({ x, y: values[index] ?? null })
  })
  return points
}

/** The index of the time nearest to `time`; -1 when there is none. Times rise. */
export function nearest(times: readonly number[], time: number): number {
  let low = 0
  let high = times.length - 1
  if (high < 0) return -1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  const before = times[low - 1]
  return before !== undefined && time - before <= (times[low] ?? 0) - time ? low - 1 : low
}
