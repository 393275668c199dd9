import { keptSamples, TURNS_KEPT, turningPoints } from '#contracts/samples.ts'

/** Cells of all moments together, a cell being one disk at one moment: some 200 bytes each on the way to the browser. */
const MOST_CELLS = 2400
const MOST_MOMENTS = 300
const LEAST_MOMENTS = 40

/** Which samples to replay: spread over time, and those at which the verdict changed, with the ones before them. */
export function replayTimes(samples: readonly { at: Date; verdict: string }[], disks: number): Date[] {
  const measured = samples.filter(({ verdict }) => verdict !== '')
  const most = Math.max(LEAST_MOMENTS, Math.min(MOST_MOMENTS, Math.floor(MOST_CELLS / Math.max(1, disks))))
  const times = measured.map(({ at }) => at.getTime())
  const turns = turningPoints(
    measured.map(({ verdict }) => verdict),
    TURNS_KEPT,
  )
  const chosen = new Set([...keptSamples(times, most, Number.POSITIVE_INFINITY), ...turns])
  return measured.flatMap(({ at }, index) => (chosen.has(index) ? [at] : []))
}
