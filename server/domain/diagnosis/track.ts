import { type DiskSample, type Hop, type HopView, hops, type Pace } from '#contracts/diagnosis.ts'

/** What is remembered of one hop between samples. */
interface HopTrack {
  /** Sum over the lives of its counters: a socket or process that ended takes its counter with it. */
  bytes: number | null
  counter: number | null
  bytesPerSecond: number | null
  /** When it was seen to have moved last; null: not since it is watched. */
  movedAt: number | null
}

/** What is remembered of one disk. Immutable: {@link track} answers the next one. */
export interface DiskTrack {
  key: number
  since: number
  last: DiskSample
  hops: Readonly<Record<Hop, HopTrack>>
  /** What set the pace, sample by sample, the newest last. */
  limits: readonly (Pace | null)[]
  /** Since when bytes wait in a queue without a break; null: none wait. */
  queuedSince: number | null
  /** How fast bytes moved, sample by sample, in bytes a second; null: not known. Zeros are read and not sent, so the fastest hop counts. */
  rates: readonly (number | null)[]
}

/** Samples over which the busy share is told. */
const WINDOW = 60
/** How much a newer second counts in a smoothed rate. */
const WEIGHT = 0.4
/** Less than this waiting in a socket is no queue: headers, acknowledgements. */
export const QUEUE_BYTES = 32_768

/**
 * What sets the pace: the last hop before which bytes wait. With queues measured and empty it is the source. A copier that waits
 * for its rate limit is held up by nothing else: what it sends in bursts may wait for a moment all the same.
 */
export function limitingPace(sample: DiskSample): Pace | null {
  if (sample.limited) return 'limit'
  const { client, tunnel, export: exported } = sample.hops
  if (exported.process === 'disk') return 'image'
  if ((tunnel.waiting ?? 0) >= QUEUE_BYTES) return 'export'
  if ((client.waiting ?? 0) >= QUEUE_BYTES) return 'tunnel'
  return client.waiting === null || tunnel.waiting === null ? null : 'source'
}

/** Bytes wait at the client's sockets or at those of the hub. */
export const isQueued = ({ hops: { client, tunnel } }: DiskSample) =>
  Math.max(client.waiting ?? 0, tunnel.waiting ?? 0) >= QUEUE_BYTES

function step(before: HopTrack | undefined, counter: number | null, at: number, seconds: number): HopTrack {
  const former = before ?? { bytes: null, counter: null, bytesPerSecond: null, movedAt: null }
  if (counter === null) return { ...former, counter: null, bytesPerSecond: null }
  if (former.counter === null || seconds <= 0) {
    const bytes = Math.max(former.bytes ?? 0, counter)
    return { bytes, counter, bytesPerSecond: null, movedAt: counter > (former.bytes ?? 0) ? at : former.movedAt }
  }
  const grown = counter >= former.counter ? counter - former.counter : counter
  const rate = grown / seconds
  return {
    bytes: (former.bytes ?? 0) + grown,
    counter,
    bytesPerSecond: former.bytesPerSecond === null ? rate : WEIGHT * rate + (1 - WEIGHT) * former.bytesPerSecond,
    movedAt: grown > 0 ? at : former.movedAt,
  }
}

/** The memory after one more sample. */
export function track(before: DiskTrack | null, sample: DiskSample): DiskTrack {
  const seconds = before ? (sample.at - before.last.at) / 1000 : 0
  const next = hops.map((hop) => [hop, step(before?.hops[hop], sample.hops[hop].bytes, sample.at, seconds)] as const)
  const tracks = Object.fromEntries(next) as Record<Hop, HopTrack>
  const rates = [tracks.source, tracks.client, tracks.tunnel].flatMap(({ bytesPerSecond }) => bytesPerSecond ?? [])
  return {
    key: sample.key,
    since: before?.since ?? sample.at,
    last: sample,
    hops: tracks,
    rates: [...(before?.rates ?? []), rates.length > 0 ? Math.max(...rates) : null].slice(-WINDOW),
    limits: [...(before?.limits ?? []), limitingPace(sample)].slice(-WINDOW),
    queuedSince: isQueued(sample) ? (before?.queuedSince ?? sample.at) : null,
  }
}

/** Seconds since the hop moved, or since it is watched; null: its counter cannot be read. */
export function stillSeconds(disk: DiskTrack, hop: Hop): number | null {
  const { counter, movedAt } = disk.hops[hop]
  if (counter === null) return null
  return Math.max(0, (disk.last.at - (movedAt ?? disk.since)) / 1000)
}

/** The hop for people. @param softSeconds silence from which it is called still */
export function hopView(disk: DiskTrack, hop: Hop, softSeconds: number): HopView {
  const { bytes, bytesPerSecond } = disk.hops[hop]
  const still = stillSeconds(disk, hop)
  const known = disk.limits.filter((limit) => limit !== null)
  return {
    hop,
    motion: still === null ? 'unknown' : still < softSeconds ? 'moving' : 'still',
    bytes,
    bytesPerSecond: bytesPerSecond === null ? null : Math.max(0, Math.round(bytesPerSecond)),
    stillSeconds: still === null || still < softSeconds ? null : still,
    busy: known.length === 0 ? null : known.filter((limit) => limit === hop).length / known.length,
    waiting: disk.last.hops[hop].waiting,
    process: disk.last.hops[hop].process,
  }
}
