import type { Standing } from '#contracts/standing.ts'
import type { LookLimits } from '../domain/catalogue/standing.ts'
import type { Db } from './client.ts'
import type { BackupType, JobState } from './generated/enums.ts'
import { standingSql, usableSql } from './standing.ts'

export interface VmRow {
  id: string
  name: string
  applianceName: string
  missing: boolean
  sizeBytes: bigint
  diskCount: number
  /** The newest point that counts. */
  lastBackupAt: Date | null
  newestPointAt: Date | null
  newestStanding: Standing | null
  backupId: string | null
  state: JobState | null
  stateSince: Date | null
}

/**
 * Every machine with its newest job, its newest restore point and the newest one that counts, by name. One statement, because a nested "take 1" of the client
 * reads all jobs of all machines.
 */
export function listVms(db: Db, limits: LookLimits): Promise<VmRow[]> {
  return db.$queryRaw<VmRow[]>`
    SELECT v.id, v.name, a.name AS "applianceName", v.missing, d.bytes AS "sizeBytes", d.disks AS "diskCount",
      usable."takenAt" AS "lastBackupAt", newest."takenAt" AS "newestPointAt", newest.standing AS "newestStanding", j."backupId", j.state::text AS state, j."stateSince"
    FROM virtual_machines v
    JOIN appliances a ON a.id = v."applianceId"
    LEFT JOIN LATERAL (
      SELECT COALESCE(SUM("sizeBytes"), 0)::bigint AS bytes, COUNT(*)::int AS disks FROM vm_disks WHERE "vmId" = v.id
    ) d ON true
    LEFT JOIN LATERAL (
      SELECT b."takenAt", ${standingSql('b', limits)} AS standing
      FROM backups b WHERE b."vmId" = v.id ORDER BY b."takenAt" DESC, b.id DESC LIMIT 1
    ) newest ON true
    LEFT JOIN LATERAL (
      SELECT b."takenAt" FROM backups b
      WHERE b."vmId" = v.id AND ${usableSql('b', limits)} ORDER BY b."takenAt" DESC LIMIT 1
    ) usable ON true
    LEFT JOIN LATERAL (
      SELECT "backupId", state, "stateSince" FROM backup_jobs WHERE "vmId" = v.id ORDER BY "createdAt" DESC LIMIT 1
    ) j ON true
    ORDER BY v.name, v.slug`
}

/** How many restore points a machine has, and what they take on the repositories' disks. */
export async function countRestorePoints(db: Db, vmId: string): Promise<{ count: number; storedBytes: number }> {
  const rows = await db.$queryRaw<{ count: number; bytes: bigint }[]>`
    SELECT COUNT(DISTINCT b.id)::int AS count, COALESCE(SUM(d."allocatedBytes"), 0)::bigint AS bytes
    FROM backups b LEFT JOIN backup_disks d ON d."backupId" = b.id WHERE b."vmId" = ${vmId}::uuid`
  return { count: rows[0]?.count ?? 0, storedBytes: Number(rows[0]?.bytes ?? 0n) }
}

export interface TimelineRow {
  id: string
  type: BackupType
  takenAt: Date
  storedBytes: bigint
  repositoryName: string
  stateUnknown: boolean
  standing: Standing
}

/** The newest restore points of a machine with the bytes they take, oldest first. */
export function timelinePoints(db: Db, vmId: string, limit: number, limits: LookLimits): Promise<TimelineRow[]> {
  return db.$queryRaw<TimelineRow[]>`
    SELECT b.id, b.type::text AS type, b."takenAt", r.name AS "repositoryName",
      ${standingSql('b', limits)} AS standing,
      (SELECT COALESCE(SUM("allocatedBytes"), 0)::bigint FROM backup_disks WHERE "backupId" = b.id) AS "storedBytes",
      EXISTS (SELECT FROM backup_disks WHERE "backupId" = b.id AND "stateFixedBy" = 'unknown') AS "stateUnknown"
    FROM (SELECT * FROM backups WHERE "vmId" = ${vmId}::uuid ORDER BY "takenAt" DESC LIMIT ${limit}) b
    JOIN repositories r ON r.id = b."repositoryId"
    ORDER BY b."takenAt", b.id`
}

/** The newest restore point of a machine that counts; null: none does. */
export async function newestUsable(db: Db, vmId: string, limits: LookLimits): Promise<Date | null> {
  const rows = await db.$queryRaw<{ takenAt: Date }[]>`
    SELECT b."takenAt" FROM backups b
    WHERE b."vmId" = ${vmId}::uuid AND ${usableSql('b', limits)} ORDER BY b."takenAt" DESC LIMIT 1`
  return rows[0]?.takenAt ?? null
}
