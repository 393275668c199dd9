import { scaleLinear, scaleTime } from 'd3-scale'
import type { VmTimeline } from '#contracts/views.ts'

/** Pixels around the plot. */
export const MARGIN = { top: 8, right: 12, bottom: 22, left: 60 }
const HOUR = 3_600_000
/** Pixels that a label on the time axis needs. */
const LABEL = 72

export interface Bar {
  id: string
  x: number
  /** Top of the bar; it stands on the base line. */
  y: number
}

export interface Layout {
  bars: Bar[]
  failures: { backupId: string; x: number }[]
  /** Ticks on the time axis. */
  times: { x: number; label: string }[]
  /** Ticks on the size axis, in bytes. */
  sizes: { y: number; bytes: number }[]
  base: number
}

/** Steps of a size axis that read well in IEC units: 1, 2, 5, 10, … of the largest unit that fits. */
function sizeTicks(max: number): number[] {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(Math.max(1, max)) / Math.log(1024)))
  const rough = max / unit / 3
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough
  return Array.from({ length: 4 }, (_, index) => index * step * unit).filter((bytes) => bytes <= max * 1.001)
}

const day = (at: Date, zone: 'utc' | 'local', withYear: boolean) =>
  at.toLocaleDateString('en-GB', {
    ...{ day: 'numeric', month: 'short', ...(withYear ? { year: 'numeric' } : {}) },
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  } as Intl.DateTimeFormatOptions)

/** Days where the axis has whole days, the time of the day in between. */
function tick(at: Date, zone: 'utc' | 'local', withYear: boolean, spanMs: number): string {
  const clock = at.toLocaleTimeString('en-GB', {
    ...{ hour: '2-digit', minute: '2-digit', ...(spanMs < HOUR / 6 ? { second: '2-digit' } : {}) },
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  } as Intl.DateTimeFormatOptions)
  return /^00:00(:00)?$/.test(clock) ? day(at, zone, withYear) : clock
}

/** Labels that do not touch: at a month's end the scale puts two days next to each other. */
function apart(labels: Layout['times']): Layout['times'] {
  const kept: Layout['times'] = []
  for (const label of labels) if (label.x - (kept.at(-1)?.x ?? -LABEL) >= LABEL) kept.push(label)
  return kept
}

/** Where everything of a timeline stands on a plot of that size. Null when there is nothing to draw. */
export function layOut(
  { points, failures }: Pick<VmTimeline, 'points' | 'failures'>,
  width: number,
  height: number,
  zone: 'utc' | 'local' = 'utc',
): Layout | null {
  const times = [...points.map(({ takenAt }) => takenAt), ...failures.map(({ at }) => at)].map(Date.parse)
  if (times.length === 0) return null
  const [first, last] = [Math.min(...times), Math.max(...times)]
  // A single moment gets some room around it.
  const pad = last === first ? 12 * HOUR : 0
  const base = height - MARGIN.bottom
  const x = scaleTime([new Date(first - pad), new Date(last + pad)], [MARGIN.left + 6, width - MARGIN.right])
  const max = Math.max(1, ...points.map(({ storedBytes }) => storedBytes))
  const y = scaleLinear([0, max], [base, MARGIN.top])
  const withYear = new Date(first).getUTCFullYear() !== new Date(last).getUTCFullYear()
  const place = (iso: string) => x(new Date(iso))
  const labels = x
    .ticks(Math.max(2, Math.floor(width / 130)))
    .map((at) => ({ x: x(at), label: tick(at, zone, withYear, last - first + 2 * pad) }))
  return {
    bars: points.map(({ id, takenAt, storedBytes }) => ({
      id,
      x: place(takenAt),
      y: Math.min(y(storedBytes), base - 2),
    })),
    failures: failures.map(({ backupId, at }) => ({ backupId, x: place(at) })),
    times: apart(labels),
    sizes: sizeTicks(max).map((bytes) => ({ y: y(bytes), bytes })),
    base,
  }
}

/** The bar next to a place on the x axis; -1 when there is none. */
export function nearest(bars: readonly Bar[], x: number): number {
  let best = -1
  for (const [index, bar] of bars.entries()) {
    if (best < 0 || Math.abs(bar.x - x) < Math.abs((bars[best]?.x ?? 0) - x)) best = index
  }
  return best
}
