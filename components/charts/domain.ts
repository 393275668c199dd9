/** The steps of a time axis, in seconds. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]
/** Where the end of a growing time axis may stand: it moves seldom, so what is drawn stays where it is. */
const timeEnds = [30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400]

/** The end of a time axis that still grows, in seconds. */
export function growingEnd(seconds: number): number {
  return timeEnds.find((end) => end >= seconds) ?? Math.ceil(seconds / 86_400) * 86_400
}

/** Five ticks at most, from zero on. */
export function timeTicks(end: number): number[] {
  const step = timeSteps.find((each) => end / each <= 5) ?? Math.ceil(end / 5 / 86_400) * 86_400
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step)
}

/** The upper end of a byte axis and its ticks: whole powers of two apart, three or four of them above zero. */
export function byteAxis(largest: number): { end: number; ticks: number[] } {
  const step = 2 ** Math.ceil(Math.log2(Math.max(largest, 4096) / 4))
  const count = Math.max(1, Math.ceil(largest / step))
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step)
  return { end: count * step, ticks }
}

/** `0`, `30 s`, `5 min`, `2 h`: a tick of a time axis. */
export function formatTick(seconds: number): string {
  if (seconds === 0) return '0'
  if (seconds < 60 || (seconds < 300 && seconds % 60 !== 0)) return `${seconds} s`
  if (seconds < 3600 || (seconds < 18_000 && seconds % 3600 !== 0)) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 8640) / 10} d`
}
