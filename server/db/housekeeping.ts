import { idSchema } from '#contracts/ids.ts'
import type { JobState } from '#contracts/job.ts'
import type { Db } from './client.ts'

/** Marks and comments may hold any text; the database takes ids only. */
const idsAmong = (texts: readonly string[]) => texts.filter((text) => idSchema.safeParse(text).success)

/** Every row that is not released, newest first, with how cleaning it went. */
export async function openLedger(db: Db) {
  return db.resource.findMany({ where: { state: { not: 'released' } }, orderBy: { createdAt: 'desc' } })
}

/** Which of the marks are ids of export rows, released ones too. */
export async function exportRowsOf(
  db: Db,
  marks: readonly string[],
): Promise<Map<string, { id: string; jobId: string | null; released: boolean }>> {
  const rows = await db.resource.findMany({
    where: { id: { in: idsAmong(marks) }, kind: 'export' },
    select: { id: true, jobId: true, state: true },
  })
  return new Map(rows.map(({ id, jobId, state }) => [id, { id, jobId, released: state === 'released' }]))
}

/** The jobs of these ids, and those that have these backup ids. */
export async function jobsNamed(
  db: Db,
  names: { ids: readonly string[]; backupIds: readonly string[] },
): Promise<{ id: string; backupId: string; state: JobState }[]> {
  return db.job.findMany({
    where: { OR: [{ id: { in: idsAmong(names.ids) } }, { backupId: { in: [...names.backupIds] } }] },
    select: { id: true, backupId: true, state: true },
  })
}

/** Keeps on the ledger that cleaning failed: on the thing's own row, or on one made for what never had a row. */
export async function noteFailure(
  db: Db,
  of: { rowId: string } | { leftOver: string; jobId: string | null },
  { reason, nextTryAt }: { reason: string; nextTryAt: Date },
): Promise<void> {
  const where =
    'rowId' in of
      ? { id: of.rowId, state: { not: 'released' as const } }
      : { kind: 'left-over', identity: of.leftOver, state: { not: 'released' as const } }
  const failed = { state: 'orphan' as const, reason, triedAt: new Date(), nextTryAt }
  const { count } = await db.resource.updateMany({ where, data: { ...failed, tries: { increment: 1 } } })
  if (count > 0 || 'rowId' in of) return
  await db.resource.create({
    data: { kind: 'left-over', identity: of.leftOver, jobId: of.jobId, tries: 1, ...failed },
  })
}

/** Closes the rows that were made for left-overs which are gone. @returns how many */
export async function closeLeftOvers(db: Db, stillThere: readonly string[]): Promise<number> {
  const { count } = await db.resource.updateMany({
    where: { kind: 'left-over', state: { not: 'released' }, identity: { notIn: [...stillThere] } },
    data: { state: 'released', releasedAt: new Date() },
  })
  return count
}

/** Which of these places, relative to a repository's path, a restore point on record has. */
export async function directoriesOnRecord(
  db: Db,
  repositoryId: string,
  directories: readonly string[],
): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ directory: string }[]>`
    SELECT directory FROM backups
    WHERE "repositoryId" = ${repositoryId}::uuid AND directory = ANY(${[...directories]}::text[])`
  return new Set(rows.map(({ directory }) => directory))
}
