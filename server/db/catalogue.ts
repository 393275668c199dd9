import type { Evidence, ExpectedPoint, ImageFacts } from '#contracts/look.ts'
import { type Change, changeBy } from '../domain/catalogue/transition.ts'
import type { Db, Prisma, PrismaClient } from './client.ts'
import { appendEvent } from './events.ts'

/** A restore point with what its files are held against, and what is said of it now. */
export interface CataloguedPoint {
  expected: ExpectedPoint
  vmId: string
  now: { state: 'ok' | 'unproved' | 'damaged' | 'missing'; reason: string | null; seenIn: string | null }
}

const select = {
  id: true,
  jobId: true,
  vmId: true,
  repositoryId: true,
  directory: true,
  manifestSha256: true,
  state: true,
  reason: true,
  seenIn: true,
  disks: {
    orderBy: { key: 'asc' },
    select: {
      key: true,
      sizeBytes: true,
      imagePath: true,
      imageBytes: true,
      imageMtimeNs: true,
      imageCtimeNs: true,
      imageInode: true,
      mapRoot: true,
      mapBytes: true,
    },
  },
} satisfies Prisma.BackupSelect

type Row = Prisma.BackupGetPayload<{ select: typeof select }>

function factsOf({ imageBytes, imageMtimeNs, imageCtimeNs, imageInode }: Row['disks'][number]): ImageFacts | null {
  if (imageBytes === null || imageMtimeNs === null || imageCtimeNs === null || imageInode === null) return null
  return { bytes: Number(imageBytes), mtimeNs: imageMtimeNs, ctimeNs: imageCtimeNs, inode: imageInode }
}

const toPoint = ({ state, reason, seenIn, vmId, disks, ...row }: Row): CataloguedPoint => ({
  vmId,
  now: { state, reason, seenIn },
  expected: {
    ...row,
    disks: disks.map((disk) => ({
      key: disk.key,
      sizeBytes: Number(disk.sizeBytes),
      imagePath: disk.imagePath,
      facts: factsOf(disk),
      map:
        disk.mapRoot === null || disk.mapBytes === null ? null : { root: disk.mapRoot, bytes: Number(disk.mapBytes) },
    })),
  },
})

/** The next points of a repository in the order of their ids; none: all were answered. */
export async function pointsAfter(
  db: Db,
  repositoryId: string,
  after: string,
  limit: number,
): Promise<CataloguedPoint[]> {
  const where = { repositoryId, id: { gt: after } }
  return (await db.backup.findMany({ where, orderBy: { id: 'asc' }, take: limit, select })).map(toPoint)
}

/**
 * Points whose maps are due: computed before `dueBefore`, or never; the longest ago first, behind them those that could not be
 * asked the last time.
 */
export async function mapsDue(
  db: Db,
  repositoryId: string,
  dueBefore: Date,
  limit: number,
): Promise<CataloguedPoint[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM backups b
    WHERE b."repositoryId" = ${repositoryId}::uuid AND b.state <> 'missing'
      AND (b."mapLookedAt" IS NULL OR b."mapLookedAt" < ${dueBefore}::timestamptz)
      AND EXISTS (SELECT FROM backup_disks d WHERE d."backupId" = b.id AND d."mapRoot" IS NOT NULL)
    ORDER BY (b."mapNotLooked" IS NOT NULL), b."mapLookedAt" NULLS FIRST, b.id
    LIMIT ${limit}`
  const found = await db.backup.findMany({ where: { id: { in: rows.map(({ id }) => id) } }, select })
  const byId = new Map(found.map((row) => [row.id, toPoint(row)]))
  return rows.flatMap(({ id }) => byId.get(id) ?? [])
}

/** Notes that these points' files answered just now. */
export async function noteLooked(db: Db, ids: readonly string[], at: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE backups SET "lookedAt" = ${at}::timestamptz, "notLooked" = NULL WHERE id = ANY(${[...ids]}::text[])`
}

/** Notes that the roots of these points' maps were computed just now. */
export async function noteMapsLooked(db: Db, ids: readonly string[], at: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE backups SET "mapLookedAt" = ${at}::timestamptz, "mapNotLooked" = NULL WHERE id = ANY(${[...ids]}::text[])`
}

/** Notes why files, or maps, could not be asked. What was said of the points before stays as it is, and gets old. */
export async function noteNotLooked(
  db: Db,
  part: 'files' | 'maps',
  refused: readonly { id: string; why: string }[],
): Promise<void> {
  const ids = refused.map(({ id }) => id)
  const whys = refused.map(({ why }) => why)
  if (part === 'files')
    await db.$executeRaw`
      UPDATE backups b SET "notLooked" = r.why FROM unnest(${ids}::text[], ${whys}::text[]) AS r(id, why)
      WHERE b.id = r.id AND b."notLooked" IS DISTINCT FROM r.why`
  else
    await db.$executeRaw`
      UPDATE backups b SET "mapNotLooked" = r.why FROM unnest(${ids}::text[], ${whys}::text[]) AS r(id, why)
      WHERE b.id = r.id AND b."mapNotLooked" IS DISTINCT FROM r.why`
}

export interface PointChange {
  id: string
  vmId: string
  from: CataloguedPoint['now']
  to: Change
}

/** Changes that are told one by one; more of one look are told together. */
const TOLD_EACH = 20
const BATCH = 1000

const stateWords = { ok: 'ok', unproved: 'not proved', damaged: 'damaged', missing: 'missing' } as const

/** Writes by compare-and-set. @returns the changes that were still to be made */
async function move(tx: Prisma.TransactionClient, changes: readonly PointChange[]): Promise<PointChange[]> {
  const text = (of: (change: PointChange) => string | null) => changes.map(of)
  const moved = await tx.$queryRaw<{ id: string }[]>`
    UPDATE backups b SET state = c.state::"PointState", reason = c.reason, "seenIn" = c.seen_in,
      "stateSince" = CASE WHEN b.state::text = c.state THEN b."stateSince" ELSE now() END
    FROM unnest(${text(({ id }) => id)}::text[], ${text(({ to }) => to.state)}::text[],
      ${text(({ to }) => to.reason)}::text[], ${text(({ to }) => to.seenIn)}::text[],
      ${text(({ from }) => from.state)}::text[], ${text(({ from }) => from.seenIn)}::text[])
      AS c(id, state, reason, seen_in, from_state, from_seen_in)
    WHERE b.id = c.id AND b.state::text = c.from_state AND b."seenIn" IS NOT DISTINCT FROM c.from_seen_in
    RETURNING b.id`
  const ids = new Set(moved.map(({ id }) => id))
  return changes.filter(({ id }) => ids.has(id))
}

function summary(changes: readonly PointChange[]): string {
  const counts = new Map<string, number>()
  for (const { to } of changes) counts.set(stateWords[to.state], (counts.get(stateWords[to.state]) ?? 0) + 1)
  const parts = [...counts].map(([word, count]) => `${count} ${count === 1 ? 'is' : 'are'} ${word} now`)
  return `Restore points of this repository: ${parts.join(', ')}.`
}

/**
 * Makes the changes that looks found, each with its event, in one transaction: by compare-and-set, so that a verdict that
 * somebody else has reached meanwhile stands. Many at once, as when a repository was emptied, are one event.
 * @returns how many were made
 */
export async function changePoints(
  prisma: PrismaClient,
  repositoryId: string,
  changes: readonly PointChange[],
): Promise<number> {
  if (changes.length === 0) return 0
  return prisma.$transaction(async (tx) => {
    const made: PointChange[] = []
    for (let from = 0; from < changes.length; from += BATCH)
      made.push(...(await move(tx, changes.slice(from, from + BATCH))))
    if (made.length > TOLD_EACH) {
      const many = { vmId: null, backupId: null, count: made.length, message: summary(made) }
      await appendEvent(tx, { kind: 'backup.changed', repositoryId, ...many })
    } else
      for (const { id, vmId, to } of made) {
        const message = `The restore point is ${stateWords[to.state]}${to.reason === null ? '' : `: ${to.reason}`}.`
        await appendEvent(tx, { kind: 'backup.changed', repositoryId, vmId, backupId: id, count: 1, message })
      }
    return made.length
  })
}

/**
 * Takes up what a read-back of every image of a point found: the dearest evidence, which clears every damage. What the files
 * are now is what later looks are held against.
 * @param disks  each image's file as it was while it was read; all disks of the point
 * @returns false when the point had changed meanwhile: then nothing is written
 */
export async function recordReadBack(
  prisma: PrismaClient,
  backupId: string,
  verdict: {
    state: 'ok' | 'damaged'
    reason: string | null
    at: Date
    disks: readonly { key: number; facts: ImageFacts }[]
  },
): Promise<boolean> {
  return prisma.$transaction(async (tx) => {
    const row = await tx.backup.findUnique({ where: { id: backupId }, select })
    if (!row || row.disks.length !== verdict.disks.length) return false
    const { expected, now, vmId } = toPoint(row)
    const { at, state, reason } = verdict
    if (state === 'ok') {
      if (expected.disks.some(({ map }) => map === null)) return false
      for (const { key, facts } of verdict.disks)
        await tx.backupDisk.update({
          where: { backupId_key: { backupId, key } },
          data: {
            imageBytes: BigInt(facts.bytes),
            imageMtimeNs: facts.mtimeNs,
            imageCtimeNs: facts.ctimeNs,
            imageInode: facts.inode,
          },
        })
    }
    await tx.backup.update({ where: { id: backupId }, data: { lookedAt: at, mapLookedAt: at, notLooked: null } })
    const seenIn: Evidence = 'content'
    const to = changeBy(now, { state, reason, seenIn, notLooked: null, mapLooked: true })
    if (!to) return true
    const made = await move(tx, [{ id: backupId, vmId, from: now, to }])
    if (made.length === 0) throw new Error(`the state of ${backupId} changed while it was written`)
    const message = `Read back whole: the restore point is ${stateWords[state]}${reason === null ? '' : `: ${reason}`}.`
    const { repositoryId } = expected
    await appendEvent(tx, { kind: 'backup.changed', repositoryId, vmId, backupId, count: 1, message })
    return true
  })
}
