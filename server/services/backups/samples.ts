import type { DiskSamples, JobSamples } from '#contracts/samples.ts'
import type { Sample } from '../../db/samples.ts'

/** Rows as columns: what a chart draws, and a third of the size. A disk that a row does not know has no figures in it. */
export function toJobSamples(samples: readonly Sample[], cursor: string): JobSamples {
  const keys = [...new Set(samples.flatMap(({ disks }) => disks.map(({ key }) => key)))].toSorted((a, b) => a - b)
  const columns = keys.map((key): DiskSamples => {
    const figures = samples.map(({ disks }) => disks.find((disk) => disk.key === key))
    return {
      key,
      state: figures.map((disk) => disk?.state ?? 'pending'),
      allocatedBytes: figures.map((disk) => disk?.allocatedBytes ?? null),
      readBytes: figures.map((disk) => disk?.readBytes ?? null),
      sentBytes: figures.map((disk) => disk?.sentBytes ?? null),
      bytesPerSecond: figures.map((disk) => disk?.bytesPerSecond ?? null),
    }
  })
  return { at: samples.map(({ at }) => at), disks: columns, cursor }
}
