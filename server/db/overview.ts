import { activeJobStates } from '#contracts/job-states.ts'
import type { Db } from './client.ts'

/** A time as PostgreSQL writes it into JSON. */
type JsonTime = string

export interface ConcernRow {
  vmId: string
  vmName: string
  reason: 'failed' | 'old' | 'never'
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
  failed: number
  failedLately: number
  oldIdle: number
  neverIdle: number
  items: ConcernRow[]
}

/**
 * How well the listed machines are protected, and the first few that are not: two index lookups a machine, one row back.
 * A machine with a running backup is counted, but is no concern.
 */
export async function readProtection(
  db: Db,
  when: { recentSince: Date; latelySince: Date; limit: number },
): Promise<ProtectionRow> {
  const rows = await db.$queryRaw<ProtectionRow[]>`
    WITH machines AS (
      SELECT vm.id, vm.name, point."takenAt", job.state, job."backupId", job."finishedAt", job.problem,
        point."takenAt" IS NOT NULL AND point."takenAt" >= ${when.recentSince} AS recent,
        COALESCE(job.state NOT IN ('completed', 'failed', 'cancelled'), false) AS runs
      FROM virtual_machines vm
      LEFT JOIN LATERAL (
        SELECT "takenAt" FROM backups WHERE "vmId" = vm.id ORDER BY "takenAt" DESC LIMIT 1) point ON true
      LEFT JOIN LATERAL (
        SELECT state, "backupId", "finishedAt", problem FROM backup_jobs
        WHERE "vmId" = vm.id ORDER BY "createdAt" DESC LIMIT 1) job ON true
      WHERE NOT vm.missing
    ), judged AS (
      SELECT *, CASE
        WHEN state = 'failed' THEN 'failed'
        WHEN runs OR recent THEN NULL
        WHEN "takenAt" IS NULL THEN 'never'
        ELSE 'old' END AS reason
      FROM machines
    )
    SELECT count(*)::int AS total,
      (count(*) FILTER (WHERE recent))::int AS recent,
      (count(*) FILTER (WHERE NOT recent AND "takenAt" IS NOT NULL))::int AS old,
      (count(*) FILTER (WHERE "takenAt" IS NULL))::int AS never,
      (count(*) FILTER (WHERE reason = 'failed'))::int AS failed,
      (count(*) FILTER (WHERE reason = 'failed' AND "finishedAt" >= ${when.latelySince}))::int AS "failedLately",
      (count(*) FILTER (WHERE reason = 'old'))::int AS "oldIdle",
      (count(*) FILTER (WHERE reason = 'never'))::int AS "neverIdle",
      (SELECT COALESCE(json_agg(first), '[]') FROM (
        SELECT id AS "vmId", name AS "vmName", reason, "takenAt" AS "lastBackupAt",
          CASE WHEN reason = 'failed' THEN "finishedAt" END AS "failedAt",
          CASE WHEN reason = 'failed' THEN "backupId" END AS "backupId",
          CASE WHEN reason = 'failed' THEN problem ->> 'happened' END AS happened
        FROM judged WHERE reason IS NOT NULL
        ORDER BY array_position(ARRAY['failed', 'old', 'never'], reason),
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
}

/** The newest restore points of all machines, with the sums of their disks. */
export async function newestPoints(db: Db, limit: number): Promise<PointRow[]> {
  return db.$queryRaw<PointRow[]>`
    WITH newest AS (SELECT * FROM backups ORDER BY "takenAt" DESC, id LIMIT ${limit})
    SELECT newest.id, newest."vmId", vm.name AS "vmName", repository.name AS "repositoryName", newest."takenAt",
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
