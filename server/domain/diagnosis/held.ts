import { type Hop, hops } from '#contracts/diagnosis.ts'
import { locate, type Place } from './locate.ts'
import { type DiskTrack, isQueued, stillSeconds } from './track.ts'

/**
 * Under a low limit that many jobs share, a request waits for minutes. Silence longer than this many times the copy's limit of
 * silence is judged like every other, whatever the client says.
 */
export const LIMITED_TIMES = 20
const behindSource = hops.filter((hop) => hop !== 'source')

/** The longest silence that matters: that of the hop which moved last. Null: nothing can be measured. */
export function silence(disk: DiskTrack, among: readonly Hop[] = hops): number | null {
  const known = among.map((hop) => stillSeconds(disk, hop)).filter((seconds) => seconds !== null)
  return known.length === 0 ? null : Math.min(...known)
}

const takesNothing: readonly Place['why'][] = ['queue', 'storage', 'disconnected']

/**
 * A hop that takes none of the bytes which wait for it, while the copier still reads ahead into its memory (up to 64
 * requests of each connection); null: there is none.
 */
export function heldUp(
  disk: DiskTrack,
  softSeconds: number,
  heartbeatSeconds: number | null | undefined,
): { place: Place; seconds: number } | null {
  const silent = silence(disk, behindSource)
  // Behind a rate limit the silence before the queue says nothing.
  const queued = disk.last.limited && disk.queuedSince !== null ? (disk.last.at - disk.queuedSince) / 1000 : silent
  const seconds = silent === null || queued === null ? null : Math.min(silent, queued)
  // A source of zeros moves, and nothing waits: they are read and not sent.
  if (seconds === null || seconds < softSeconds || !isQueued(disk.last)) return null
  const place = locate(disk, seconds, heartbeatSeconds)
  return place !== null && takesNothing.includes(place.why) ? { place, seconds } : null
}
