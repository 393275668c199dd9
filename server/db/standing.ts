import type { StandingCounts } from '#contracts/catalogue.ts'
import type { Standing } from '#contracts/standing.ts'
import { type LookLimits, lookLimits } from '../domain/catalogue/standing.ts'
import { readCatalogueSettings } from './catalogue-settings.ts'
import { type Db, Prisma, type Sql } from './client.ts'

/** The limits that hold now, by the hub's setting. */
export async function currentLimits(db: Db, now = new Date()): Promise<LookLimits> {
  return lookLimits((await readCatalogueSettings(db)).lookEverySeconds, now)
}

/**
 * `standingOf` (server/domain/catalogue/standing.ts) in SQL, for queries over many points; a test holds one against the other.
 * @param alias  of the table `backups` in the query; ours, never a person's words
 */
export function standingSql(alias: string, { until, lookedSince, mapSince }: LookLimits): Sql {
  const column = (name: string) => Prisma.raw(`${alias}."${name}"`)
  return Prisma.sql`CASE
    WHEN ${column('state')} = 'damaged' THEN 'damaged'
    WHEN ${column('lookedAt')} IS NULL OR ${column('lookedAt')} < ${lookedSince}::timestamptz
      OR ${column('lookedAt')} > ${until}::timestamptz THEN 'not-looked-at'
    WHEN ${column('state')} <> 'ok' THEN ${column('state')}::text
    WHEN ${column('mapLookedAt')} IS NULL OR ${column('mapLookedAt')} < ${mapSince}::timestamptz
      OR ${column('mapLookedAt')} > ${until}::timestamptz THEN 'not-looked-at'
    ELSE 'ok' END`
}

/** True for points that count (contracts/standing.ts, `isUsable`). */
export const usableSql = (alias: string, limits: LookLimits): Sql => Prisma.sql`(${standingSql(alias, limits)}) = 'ok'`

export const noCounts: StandingCounts = { ok: 0, unproved: 0, notLookedAt: 0, missing: 0, damaged: 0 }

const fieldOf: Record<Standing, keyof StandingCounts> = {
  ok: 'ok',
  unproved: 'unproved',
  'not-looked-at': 'notLookedAt',
  missing: 'missing',
  damaged: 'damaged',
}

/** Restore points by how they stand, for each repository that has any. */
export async function countStandings(db: Db, limits: LookLimits): Promise<Map<string, StandingCounts>> {
  const rows = await db.$queryRaw<{ id: string; standing: Standing; count: number }[]>`
    SELECT id, standing, count(*)::int AS count
    FROM (SELECT b."repositoryId"::text AS id, ${standingSql('b', limits)} AS standing FROM backups b) stands
    GROUP BY 1, 2`
  const counts = new Map<string, StandingCounts>()
  for (const { id, standing, count } of rows)
    counts.set(id, { ...(counts.get(id) ?? noCounts), [fieldOf[standing]]: count })
  return counts
}

/** All of them together. Pure. */
export function sumCounts(counts: Iterable<StandingCounts>): StandingCounts {
  const sum = { ...noCounts }
  for (const one of counts) for (const field of Object.keys(sum) as (keyof StandingCounts)[]) sum[field] += one[field]
  return sum
}
