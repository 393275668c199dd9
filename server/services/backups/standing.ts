import type { PointStanding } from '#contracts/catalogue.ts'
import type { Problem } from '#contracts/problem.ts'
import { json } from '../../db/client.ts'
import { type LookLimits, lastLook, type PointFacts, standingOf } from '../../domain/catalogue/standing.ts'

/** The columns that a restore point's standing is said by. */
export const standingSelect = {
  state: true,
  reason: true,
  lookedAt: true,
  mapLookedAt: true,
  notLooked: true,
  mapNotLooked: true,
  repository: { select: { name: true, problem: true } },
} as const

export interface StandingRow extends PointFacts {
  reason: string | null
  notLooked: string | null
  mapNotLooked: string | null
  repository: { problem: unknown }
}

/** How a restore point stands, why, and since when nobody looked. */
export function toPointStanding(row: StandingRow, limits: LookLimits): PointStanding {
  const standing = standingOf(row, limits)
  const away = json<Problem>(row.repository.problem)?.happened
  const unasked = row.notLooked ?? row.mapNotLooked ?? away ?? 'nobody could look at it for too long'
  const reason = standing === 'ok' ? null : standing === 'not-looked-at' ? unasked : row.reason
  return { standing, reason, lookedAt: lastLook(row, limits)?.toISOString() ?? null }
}

/** The same in one sentence for whoever uses the point's data; null: nothing is wrong that is known. */
export function standingNotice({ standing, reason, lookedAt }: PointStanding): string | null {
  if (standing === 'ok') return null
  const why = reason === null ? '' : `: ${reason}`
  if (standing === 'not-looked-at')
    return `This restore point was ${lookedAt === null ? 'never looked at' : `not looked at since ${lookedAt}`}${why}.`
  const words = { damaged: 'is damaged', missing: 'has files that are missing', unproved: 'is not proved' }
  return `This restore point ${words[standing]}${why}.`
}
