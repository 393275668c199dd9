import { formatRate } from './bytes.ts'

/** `50.0 MiB/s`, `No limit`. */
export const limitWords = (bytesPerSecond: number | null) =>
  bytesPerSecond === null ? 'No limit' : formatRate(bytesPerSecond)

/** A rate limit on its way to an appliance. */
export interface LimitFacts {
  /** What is set, in bytes a second; null: none. */
  wanted: number | null
  /** What the appliance last said to be in force; null: it has not said. */
  applied: { bytesPerSecond: number | null } | null
  online: boolean
}

/** Whether what is set is in force, in a sentence. */
export function limitStanding({ wanted, applied, online }: LimitFacts): { inForce: boolean; words: string } {
  const same = applied !== null && applied.bytesPerSecond === wanted
  const until =
    applied === null
      ? 'What it applies until then is not known.'
      : `Until then it applies ${applied.bytesPerSecond === null ? 'no limit' : formatRate(applied.bytesPerSecond)}.`
  if (online) {
    if (!same) return { inForce: false, words: 'The appliance is being told: in force within 2 s.' }
    return { inForce: true, words: wanted === null ? 'Its jobs may send as fast as they can.' : 'It is in force.' }
  }
  if (same) return { inForce: true, words: 'It was in force when the appliance was last heard of.' }
  return { inForce: false, words: `The appliance will be told when it is back. ${until}` }
}
