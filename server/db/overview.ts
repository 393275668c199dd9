import { activeJobStates } from '#contracts/job-states.ts'
import type { Standing } from '#contracts/standing.ts'
import type { LookLimits } from '../domain/catalogue/standing.ts'
import type { Db } from './client.ts'
import { standingSql, usableSql } from './standing.ts'

/** A time as PostgreSQL writes it into JSON. */
type JsonTime = string

export interface ConcernRow {
  vmId: string
  vmName: string
  reason: 'unusable' | 'failed' | 'old' | 'never'
  missing: boolean
  standing: Standing | null
  why: string | null
  failedAt: JsonTime | null
  backupId: string | null
  happened: string | null
  lastBackupAt: JsonTime | null
}

export interface ProtectionRow {
  total: number
  recent: number
  old: number
  never: number
  unusable: number
  missing: number
  failed: number
  failedLately: number
  oldIdle: number
  neverIdle: number
  items: ConcernRow[]
}

/**
 * How well all machines are protected, those too that their source does not list now, and the first few that are not: a few
 * index lookups a machine, one row back. Protection is judged by the newest restore point: when that one does not count, the
 * machine is not protected, however good an older one is. A machine with a running backup is counted, but is no concern,
 * unless its newest point does not count.
 */
export async function readProtection(
  db: Db,
  when: { recentSince: Date; latelySince: Date; limit: number; look: LookLimits },
): Promise<ProtectionRow> {
  const { look } = when
  const rows = await db.$queryRaw<ProtectionRow[]>`
    WITH machines AS (
      SELECT vm.id, vm.name, vm.missing, usable."takenAt", newest.standing, newest.why, newest.id AS "pointId",
        job.state, job."backupId", job."finishedAt", job.problem,
        newest.standing IS NOT NULL AND newest.standing <> 'ok' AS unusable,
        COALESCE(newest.standing = 'ok' AND newest."takenAt" >= ${when.recentSince}, false) AS recent,
        COALESCE(job.state NOT IN ('completed', 'failed', 'cancelled'), false) AS runs
      FROM virtual_machines vm
      LEFT JOIN LATERAL (
        SELECT b.id, b."takenAt", ${standingSql('b', look)} AS standing,
          COALESCE(b.reason, b."notLooked", b."mapNotLooked", repository.problem ->> 'happened') AS why
        FROM backups b JOIN repositories repository ON repository.id = b."repositoryId"
        WHERE b."vmId" = vm.id ORDER BY b."takenAt" DESC, b.id DESC LIMIT 1) newest ON true
      LEFT JOIN LATERAL (
        SELECT b."takenAt" FROM backups b
        WHERE b."vmId" = vm.id AND ${usableSql('b', look)} ORDER BY b."takenAt" DESC LIMIT 1) usable ON true
      LEFT JOIN LATERAL (
        SELECT state, "backupId", "finishedAt", problem FROM backup_jobs
        WHERE "vmId" = vm.id ORDER BY "createdAt" DESC LIMIT 1) job ON true
    ), judged AS (
      SELECT *, CASE
        WHEN unusable THEN 'unusable'
        WHEN state = 'failed' THEN 'failed'
        WHEN runs OR recent THEN NULL
        WHEN "takenAt" IS NULL THEN 'never'
        ELSE 'old' END AS reason
      FROM machines
    )
    SELECT count(*)::int AS total,
      (count(*) FILTER (WHERE recent))::int AS recent,
      (count(*) FILTER (WHERE NOT recent AND NOT unusable AND "takenAt" IS NOT NULL))::int AS old,
      (count(*) FILTER (WHERE NOT unusable AND "takenAt" IS NULL))::int AS never,
      (count(*) FILTER (WHERE unusable))::int AS unusable,
      (count(*) FILTER (WHERE missing))::int AS missing,
      (count(*) FILTER (WHERE reason = 'failed'))::int AS failed,
      (count(*) FILTER (WHERE reason = 'failed' AND "finishedAt" >= ${when.latelySince}))::int AS "failedLately",
      (count(*) FILTER (WHERE reason = 'old'))::int AS "oldIdle",
      (count(*) FILTER (WHERE reason = 'never'))::int AS "neverIdle",
      (SELECT COALESCE(json_agg(first), '[]') FROM (
        SELECT id AS "vmId", name AS "vmName", missing, reason, standing, "takenAt" AS "lastBackupAt",
          CASE WHEN reason = 'unusable' THEN why END AS why,
          CASE WHEN reason = 'failed' THEN "finishedAt" END AS "failedAt",
          CASE reason WHEN 'failed' THEN "backupId" WHEN 'unusable' THEN "pointId" END AS "backupId",
          CASE WHEN reason = 'failed' THEN problem ->> 'happened' END AS happened
        FROM judged WHERE reason IS NOT NULL
        ORDER BY array_position(ARRAY['unusable', 'failed', 'old', 'never'], reason),
          CASE WHEN reason = 'failed' THEN "finishedAt" END DESC, "takenAt", name, id
        LIMIT ${when.limit}) AS first) AS items
    FROM judged`
  const row = rows[0]
  if (!row) throw new Error('an aggregate answered no row')
  return row
}

export interface PointRow {
  id: string
  vmId: string
  vmName: string
  repositoryName: string
  takenAt: Date
  sizeBytes: bigint
  allocatedBytes: bigint
  standing: Standing
}

/** The newest restore points of all machines, with the sums of their disks. */
export async function newestPoints(db: Db, limit: number, look: LookLimits): Promise<PointRow[]> {
  return db.$queryRaw<PointRow[]>`
    WITH newest AS (SELECT * FROM backups ORDER BY "takenAt" DESC, id LIMIT ${limit})
    SELECT newest.id, newest."vmId", vm.name AS "vmName", repository.name AS "repositoryName", newest."takenAt",
      ${standingSql('newest', look)} AS standing,
      disks.size AS "sizeBytes", disks.allocated AS "allocatedBytes"
    FROM newest
    JOIN virtual_machines vm ON vm.id = newest."vmId"
    JOIN repositories repository ON repository.id = newest."repositoryId"
    CROSS JOIN LATERAL (
      SELECT COALESCE(sum("sizeBytes"), 0)::bigint AS size, COALESCE(sum("allocatedBytes"), 0)::bigint AS allocated
      FROM backup_disks WHERE "backupId" = newest.id) disks
    ORDER BY newest."takenAt" DESC, newest.id`
}

export interface TroubledRow {
  vmName: string
  kind: 'stalled' | 'dead' | 'cannot-tell' | 'slow'
}

/** Jobs that run and whose last verdict asks for a look: by the index on a job's events, whatever there was before. */
export function troubledJobs(db: Db): Promise<TroubledRow[]> {
  return db.$queryRaw<TroubledRow[]>`
    SELECT vm."name" AS "vmName", told."kind"
    FROM "backup_jobs" AS job
    JOIN "virtual_machines" AS vm ON vm."id" = job."vmId"
    CROSS JOIN LATERAL (
      SELECT event."data" -> 'verdict' ->> 'kind' AS "kind"
      FROM "events" AS event
      WHERE event."jobId" = job."id" AND event."kind" = 'job.verdict'
      ORDER BY event."seq" DESC LIMIT 1
    ) AS told
    WHERE job."state" = ANY(${[...activeJobStates]}::"JobState"[]) AND told."kind" IN ('stalled', 'dead', 'cannot-tell', 'slow')
    ORDER BY job."createdAt"`
}
