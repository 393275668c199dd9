import { hops, type Pace, paces, type Verdict } from '#contracts/diagnosis.ts'
import { formatRate } from '#lib/format/bytes.ts'
import type { DiskTrack } from './track.ts'
import { hopWords } from './words.ts'

/** A storage that holds writes up is seen waiting in one look of four at least; the export before it queues in the others. */
const IMAGE_SHARE = 0.25

/** What set the pace in most of these samples; null: queues cannot be measured. */
export function paceSetter(limits: readonly (Pace | null)[]): { hop: Pace; share: (hop: Pace) => number } | null {
  const known = limits.filter((hop) => hop !== null)
  if (known.length === 0) return null
  const share = (hop: Pace) => known.filter((each) => each === hop).length / known.length
  const [first = 'source'] = paces.toSorted((a, b) => share(b) - share(a))
  const hop = first === 'export' && share('image') >= IMAGE_SHARE ? 'image' : first
  return { hop, share }
}

/**
 * Slow without a break for this many samples; null when it is not, or is as slow as its rate limit makes it.
 * @param samples  so that a copy that takes a breath is not called slow
 */
export function slowVerdict(
  { key, rates, limits }: DiskTrack,
  samples: number,
  slowBytesPerSecond: number,
): Pick<Verdict, 'key' | 'hop' | 'kind' | 'sentence' | 'evidence' | 'causes' | 'next'> | null {
  const last = rates.slice(-samples)
  if (last.length < samples || last.some((rate) => rate === null || rate >= slowBytesPerSecond)) return null
  const rate = formatRate(last.at(-1) ?? 0)
  const pace = paceSetter(limits.slice(-samples))
  if (pace?.hop === 'limit') return null
  const words = pace ? hopWords[pace.hop] : null
  const percent = (hop: Pace) => `${Math.round((pace?.share(hop) ?? 0) * 100)} %`
  const shown = pace?.share('limit') ? paces : hops
  return {
    ...{ key, hop: pace?.hop ?? null, kind: 'slow' },
    sentence: `Disk ${key}: ${rate}${words ? `; ${words.name} sets the pace` : ''}.`,
    evidence: pace
      ? shown.map(
          (hop) => `${hop === 'limit' ? 'rate limit' : hop}: set the pace in ${percent(hop)} of the last ${samples} s`,
        )
      : [rate, 'the queues between the hops cannot be measured'],
    causes: [...(words?.causes ?? [])],
    next: words?.next ?? null,
  }
}
