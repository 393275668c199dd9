import type { DiskProgress, HubEvent } from '#contracts/events.ts'
import { FULL_RATE_MS, keptSamples, SAMPLES_KEPT, SAMPLES_LIMIT } from '#contracts/sample-rules.ts'
import type { DiskSamples, JobSamples } from '#contracts/samples.ts'

function column(disk: DiskSamples, figures: DiskProgress | undefined): DiskSamples {
  return {
    key: disk.key,
    state: [...disk.state, figures?.state ?? 'pending'],
    allocatedBytes: [...disk.allocatedBytes, figures?.allocatedBytes ?? null],
    readBytes: [...disk.readBytes, figures?.readBytes ?? null],
    sentBytes: [...disk.sentBytes, figures?.sentBytes ?? null],
    bytesPerSecond: [...disk.bytesPerSecond, figures?.bytesPerSecond ?? null],
  }
}

function emptyColumn(key: number, length: number): DiskSamples {
  const nothing = Array.from({ length }, () => null)
  return {
    ...{ key, state: Array.from({ length }, () => 'pending' as const), allocatedBytes: nothing, readBytes: nothing },
    ...{ sentBytes: nothing, bytesPerSecond: nothing },
  }
}

/** The same bound as the hub's, so that a tab left open for days holds no more than a fresh one. */
function bounded(samples: JobSamples): JobSamples {
  if (samples.at.length <= SAMPLES_LIMIT) return samples
  const keep = keptSamples(samples.at, SAMPLES_KEPT, (samples.at.at(-1) ?? 0) - FULL_RATE_MS)
  const pick = <T>(values: readonly T[]) => keep.map((index) => values[index] as T)
  const disks = samples.disks.map((disk) => ({
    key: disk.key,
    state: pick(disk.state),
    allocatedBytes: pick(disk.allocatedBytes),
    readBytes: pick(disk.readBytes),
    sentBytes: pick(disk.sentBytes),
    bytesPerSecond: pick(disk.bytesPerSecond),
  }))
  return { ...samples, at: pick(samples.at), disks }
}

/** The samples of the event's job after it: figures are added once, in order. The same object when there is nothing new. */
export function reduceSamples(samples: JobSamples, event: HubEvent): JobSamples {
  const { data } = event
  const at = Date.parse(event.at)
  if (data.kind !== 'job.progress' || at <= (samples.at.at(-1) ?? 0)) return samples
  const figures = new Map(data.disks.map((disk) => [disk.key, disk]))
  const known = new Set(samples.disks.map(({ key }) => key))
  const fresh = data.disks.filter(({ key }) => !known.has(key)).map(({ key }) => emptyColumn(key, samples.at.length))
  const disks = [...samples.disks, ...fresh].map((disk) => column(disk, figures.get(disk.key)))
  return bounded({ at: [...samples.at, at], disks, cursor: event.seq })
}
