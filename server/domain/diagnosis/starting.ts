import type { Verdict } from '#contracts/diagnosis.ts'
import type { SilenceLimits } from '#contracts/thresholds.ts'
import { AWAY_S } from './locate.ts'
import { hopWords } from './words.ts'

/** The backup client after it was asked to start, before its first disk copies. */
export interface ClientFacts {
  /** Since it was started, or since its first word. */
  askedSeconds: number
  /** It has reported, so it opens its disks. */
  spoke: boolean
  /** Since it said again that it opens them, which comes every 2 s; null: not once yet. */
  silentSeconds: number | null
}

/** Five words of an opening client were missed. */
const SILENT_S = 10

type Starting = Pick<Verdict, 'kind' | 'hop' | 'sentence' | 'evidence' | 'causes' | 'next' | 'remedies'>

/** Nothing of the client is known while its appliance is out of reach. */
function unreachable(seconds: number, heartbeat: number | null): Starting {
  const { causes, next } = hopWords.tunnel
  return {
    ...{ kind: 'cannot-tell', hop: 'tunnel', causes: [...causes], next, remedies: ['cancel'] },
    sentence: `The backup client was started ${seconds} s ago, and its appliance is out of reach: how it stands is not known.`,
    evidence: [
      heartbeat === null
        ? 'the appliance is out of reach'
        : `the appliance was not heard of for ${Math.round(heartbeat)} s`,
    ],
  }
}

/**
 * A client that was started has to speak, and its source to open, within half of the time that is normal for preparing a
 * backup; null while that is young.
 * @param heartbeat  seconds since the appliance was heard of; null: it is out of reach; undefined: not asked
 */
export function startingVerdict(
  { askedSeconds, spoke, silentSeconds }: ClientFacts,
  { softSeconds }: SilenceLimits,
  heartbeat?: number | null,
): Starting | null {
  if (askedSeconds < softSeconds / 2) return null
  const seconds = Math.round(askedSeconds)
  if (heartbeat === null || (heartbeat !== undefined && heartbeat >= AWAY_S)) return unreachable(seconds, heartbeat)
  const silence = silentSeconds ?? askedSeconds
  const stopped = spoke && silence >= SILENT_S
  const hop = spoke && !stopped ? 'source' : 'client'
  const { causes, next } = hopWords[hop]
  return {
    ...{ kind: 'stalled', hop, next, remedies: ['cancel'] },
    sentence: stopped
      ? `The backup client was started ${seconds} s ago and has not said a word for ${Math.round(silence)} s.`
      : spoke
        ? `The backup client opens the source for ${seconds} s.`
        : `The backup client was started ${seconds} s ago and has not said a word.`,
    evidence: [
      stopped
        ? 'a client that opens its source says so every 2 s, and this one does not'
        : spoke
          ? 'the client has reported, and no disk is being copied'
          : 'the appliance has started the client, and no report of it came',
    ],
    causes: [...causes],
  }
}
