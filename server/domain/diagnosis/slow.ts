import { type Hop, hops, type Verdict } from '#contracts/diagnosis.ts'
import { formatRate } from '#lib/format/bytes.ts'
import type { DiskTrack } from './track.ts'
import { hopWords } from './words.ts'

/** A storage that holds writes up is seen waiting in one look of four at least; the export before it queues in the others. */
const IMAGE_SHARE = 0.25

/** The hop that set the pace in most of these samples; null: queues cannot be measured. */
export function paceSetter(limits: readonly (Hop | null)[]): { hop: Hop; share: (hop: Hop) => number } | null {
  const known = limits.filter((hop) => hop !== null)
  if (known.length === 0) return null
  const share = (hop: Hop) => known.filter((each) => each === hop).length / known.length
  const [first = 'source'] = hops.toSorted((a, b) => share(b) - share(a))
  const hop = first === 'export' && share('image') >= IMAGE_SHARE ? 'image' : first
  return { hop, share }
}

/**
 * Slow without a break for this many samples; null when it is not.
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
  const words = pace ? hopWords[pace.hop] : null
  const percent = (hop: Hop) => `${Math.round((pace?.share(hop) ?? 0) * 100)} %`
  return {
    ...{ key, hop: pace?.hop ?? null, kind: 'slow' },
    sentence: `Disk ${key}: ${rate}${words ? `; ${words.name} sets the pace` : ''}.`,
    evidence: pace
      ? hops.map((hop) => `${hop}: set the pace in ${percent(hop)} of the last ${samples} s`)
      : [rate, 'the queues between the hops cannot be measured'],
    causes: [...(words?.causes ?? [])],
    next: words?.next ?? null,
  }
}
