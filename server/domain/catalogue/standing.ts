import type { Standing } from '#contracts/standing.ts'

const DAY_MS = 86_400_000
/** Rounds of looking that may fail before nothing is said any more. */
const ROUNDS = 3
/** Clocks of hub and database, and one that was set back a little. */
const AHEAD_MS = 300_000

/** How often the root of a digest map is computed anew. */
export const MAP_EVERY_MS = DAY_MS

/** From when to when evidence counts now. */
export interface LookLimits {
  /** A look after this moment is of a clock that was ahead: it says nothing. */
  until: Date
  lookedSince: Date
  mapSince: Date
}

/** @param everySeconds  between two looks at the files: a setting of the hub */
export function lookLimits(everySeconds: number, now: Date): LookLimits {
  const at = now.getTime()
  return {
    until: new Date(at + AHEAD_MS),
    lookedSince: new Date(at - ROUNDS * everySeconds * 1000),
    mapSince: new Date(at - ROUNDS * MAP_EVERY_MS),
  }
}

export interface PointFacts {
  state: 'ok' | 'unproved' | 'damaged' | 'missing'
  lookedAt: Date | null
  mapLookedAt: Date | null
}

const within = (at: Date | null, since: Date, until: Date) => at !== null && at >= since && at <= until

/**
 * How a restore point stands: the state that evidence gave it, for as long as that evidence counts. Damage stays damage,
 * however long ago it was seen; everything else becomes *not looked at* when nobody could look. `standingSql` (server/db)
 * says the same in SQL, and a test holds one against the other. Pure.
 */
export function standingOf({ state, lookedAt, mapLookedAt }: PointFacts, limits: LookLimits): Standing {
  if (state === 'damaged') return 'damaged'
  if (!within(lookedAt, limits.lookedSince, limits.until)) return 'not-looked-at'
  if (state !== 'ok') return state
  return within(mapLookedAt, limits.mapSince, limits.until) ? 'ok' : 'not-looked-at'
}

/** The date that the standing rests on: of the files, or of the maps when those are what nobody could look at. Pure. */
export function lastLook(point: PointFacts, limits: LookLimits): Date | null {
  const files = within(point.lookedAt, limits.lookedSince, limits.until)
  return point.state === 'ok' && files && standingOf(point, limits) === 'not-looked-at'
    ? point.mapLookedAt
    : point.lookedAt
}
