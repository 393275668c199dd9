import { type Evidence, evidences, type Verdict } from '#contracts/look.ts'
import type { PointFacts } from './standing.ts'

/** What the catalogue says of a point before a look. */
export interface Standed {
  state: PointFacts['state']
  reason: string | null
  seenIn: string | null
}

export interface Change {
  state: PointFacts['state']
  reason: string | null
  seenIn: Evidence | null
}

/** Evidence that nobody knows by name counts as the dearest. */
const rank = (seenIn: string | null) => {
  const at = evidences.indexOf(seenIn as Evidence)
  return at < 0 ? evidences.length : at
}

/**
 * What a look changes; null: nothing. Damage is taken back, or said otherwise, only by a look that went at least as far as
 * the one that saw it: files are asked every time, maps once a day, content when somebody verifies. Pure.
 */
export function changeBy(now: Standed, verdict: Verdict): Change | null {
  const { state, reason, seenIn } = verdict
  if (state === null) return null
  if (now.state === 'damaged' && rank(seenIn) < rank(now.seenIn)) return null
  const next: Change = { state, reason, seenIn: state === 'damaged' ? seenIn : null }
  if (next.state === now.state && next.reason === now.reason && next.seenIn === now.seenIn) return null
  return next
}
