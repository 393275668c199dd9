import type { Db } from './client.ts'
import type { BackupType, JobState } from './generated/enums.ts'

export interface VmRow {
  id: string
  name: string
  applianceName: string
  missing: boolean
  sizeBytes: bigint
  diskCount: number
  lastBackupAt: Date | null
  backupId: string | null
  state: JobState | null
  stateSince: Date | null
}

/**
 * Every machine with its newest job and restore point, by name. One statement, because a nested "take 1" of the client
 * reads all jobs of all machines.
 */
export function listVms(db: Db): Promise<VmRow[]> {
  return db.$queryRaw<VmRow[]>`
    SELECT v.id, v.name, a.name AS "applianceName", v.missing, d.bytes AS "sizeBytes", d.disks AS "diskCount",
      b."takenAt" AS "lastBackupAt", j."backupId", j.state::text AS state, j."stateSince"
    FROM virtual_machines v
    JOIN appliances a ON a.id = v."applianceId"
    LEFT JOIN LATERAL (
      SELECT COALESCE(SUM("sizeBytes"), 0)::bigint AS bytes, COUNT(*)::int AS disks FROM vm_disks WHERE "vmId" = v.id
    ) d ON true
    LEFT JOIN LATERAL (
      SELECT "takenAt" FROM backups WHERE "vmId" = v.id ORDER BY "takenAt" DESC LIMIT 1
    ) b ON true
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
}

/** The newest restore points of a machine with the bytes they take, oldest first. */
export function timelinePoints(db: Db, vmId: string, limit: number): Promise<TimelineRow[]> {
  return db.$queryRaw<TimelineRow[]>`
    SELECT b.id, b.type::text AS type, b."takenAt", r.name AS "repositoryName",
      (SELECT COALESCE(SUM("allocatedBytes"), 0)::bigint FROM backup_disks WHERE "backupId" = b.id) AS "storedBytes",
      EXISTS (SELECT FROM backup_disks WHERE "backupId" = b.id AND "stateFixedBy" = 'unknown') AS "stateUnknown"
    FROM (SELECT * FROM backups WHERE "vmId" = ${vmId}::uuid ORDER BY "takenAt" DESC LIMIT ${limit}) b
    JOIN repositories r ON r.id = b."repositoryId"
    ORDER BY b."takenAt", b.id`
}
