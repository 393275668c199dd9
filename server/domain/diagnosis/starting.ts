import type { Verdict } from '#contracts/diagnosis.ts'
import type { SilenceLimits } from '#contracts/thresholds.ts'
import { hopWords } from './words.ts'

/** The backup client after it was asked to start, before its first disk copies. */
export interface ClientFacts {
  /** Since it was started, or since its first word. */
  askedSeconds: number
  /** It has reported, so it opens its disks. */
  spoke: boolean
}

/**
 * A client that was started has to speak, and its source to open, within half of the time that is normal for preparing a
 * backup; null while that is young.
 */
export function startingVerdict(
  { askedSeconds, spoke }: ClientFacts,
  { softSeconds }: SilenceLimits,
): Pick<Verdict, 'kind' | 'hop' | 'sentence' | 'evidence' | 'causes' | 'next' | 'remedies'> | null {
  if (askedSeconds < softSeconds / 2) return null
  const hop = spoke ? 'source' : 'client'
  const seconds = Math.round(askedSeconds)
  const { causes, next } = hopWords[hop]
  return {
    ...{ kind: 'stalled', hop, next, remedies: ['cancel'] },
    sentence: spoke
      ? `The backup client opens the source for ${seconds} s.`
      : `The backup client was started ${seconds} s ago and has not said a word.`,
    evidence: [
      spoke
        ? 'the client has reported, and no disk is being copied'
        : 'the appliance has started the client, and no report of it came',
    ],
    causes: [...causes],
  }
}
