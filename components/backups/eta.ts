import type { JobSamples } from '#contracts/samples.ts'
import type { JobDiskView } from '#contracts/views.ts'
import { copiedBytes } from './words.ts'

/** Rates are looked at over the last minute, in blocks: one second alone says little. */
const LOOK_BACK_MS = 60_000
const BLOCK_MS = 10_000
/** No forecast is better than this. */
const LEAST_SPREAD = 0.05

export interface Eta {
  /** Seconds, the sooner and the later end. `latest` null: nobody can say. */
  soonest: number
  latest: number | null
}

/** Bytes a second of each block of the last minute, newest first. */
export function blockRates(at: readonly number[], done: readonly number[]): number[] {
  const rates: number[] = []
  const newest = at.at(-1)
  let to = at.length - 1
  if (newest === undefined) return rates
  for (let from = to - 1; from >= 0 && newest - (at[from] ?? 0) <= LOOK_BACK_MS; from--) {
    const length = (at[to] ?? 0) - (at[from] ?? 0)
    if (length < BLOCK_MS && from > 0) continue
    if (length >= BLOCK_MS / 2) rates.push((((done[to] ?? 0) - (done[from] ?? 0)) * 1000) / length)
    to = from
  }
  return rates
}

/**
 * How long the rest takes when the rate stays as it was of late, give or take as much as it varied.
 * @returns null while too little is known, or when nothing moves
 */
export function etaOf(left: number, rates: readonly number[]): Eta | null {
  if (left <= 0) return { soonest: 0, latest: 0 }
  if (rates.length < 2) return null
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  if (mean <= 0) return null
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (rates.length - 1)
  const spread = Math.max(Math.sqrt(variance), mean * LEAST_SPREAD)
  const slow = mean - spread
  return { soonest: left / (mean + spread), latest: slow > mean * 0.1 ? left / slow : null }
}

/** Bytes of the disks' data that were copied (see copiedBytes), summed sample by sample; what was not measured counts as it was before. */
function copiedSoFar(samples: JobSamples, keys: ReadonlySet<number>): number[] {
  const total = samples.at.map(() => 0)
  for (const { key, readBytes, sentBytes } of samples.disks) {
    if (!keys.has(key)) continue
    let last = 0
    readBytes.forEach((bytes, index) => {
      last = bytes ?? sentBytes[index] ?? last
      total[index] = (total[index] ?? 0) + last
    })
  }
  return total
}

/** When the copy of these disks ends, from what was sampled. */
export function etaOfDisks(samples: JobSamples | undefined, disks: readonly JobDiskView[]): Eta | null {
  if (!samples || disks.some(({ dataBytes }) => dataBytes === null)) return null
  const copying = disks.filter(({ state }) => state === 'copying' || state === 'pending' || state === 'preparing')
  const left = copying.reduce((sum, disk) => sum + (disk.dataBytes ?? 0) - (copiedBytes(disk) ?? 0), 0)
  const done = copiedSoFar(samples, new Set(copying.map(({ key }) => key)))
  return etaOf(left, blockRates(samples.at, done))
}

interface Scale {
  below: number
  unit: number
  name: string
  step: number
}

const scales: readonly Scale[] = [
  { below: 20, unit: 1, name: 's', step: 1 },
  { below: 90, unit: 1, name: 's', step: 5 },
  { below: 600, unit: 60, name: 'min', step: 1 },
  { below: 5400, unit: 60, name: 'min', step: 5 },
  { below: 86_400, unit: 3600, name: 'h', step: 0.5 },
  { below: Number.POSITIVE_INFINITY, unit: 86_400, name: 'd', step: 0.5 },
]

/** `about 3–5 min`: rounded so that it does not pretend to know more than it does. */
export function formatEta({ soonest, latest }: Eta): string {
  if (latest === 0) return 'done in a moment'
  const upper = latest ?? soonest
  const scale = scales.find(({ below }) => upper < below) ?? { unit: 86_400, name: 'd', step: 0.5, below: 0 }
  const { unit, name, step } = scale
  const low = Math.max(step, Math.floor(soonest / unit / step) * step)
  const high = Math.max(step, Math.ceil(upper / unit / step) * step)
  if (latest === null) return `more than ${low} ${name}`
  return low === high ? `about ${low} ${name}` : `about ${low}–${high} ${name}`
}
