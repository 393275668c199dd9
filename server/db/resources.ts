import type { ProcessIdentity } from '#lib/process/procfs.ts'
import { type Db, isUniqueViolation, type Prisma } from './client.ts'

/** Kinds of things on the hub's ledger. */
export type ResourceKind =
  | 'port'
  | 'export'
  | 'partial-directory'
  /** Where the canary of a check lies. */
  | 'scratch-directory'
  | 'data-key'
  | 'appliance-job'
  | 'sshd'
  /** Something that was found without a row and could not be cleaned; its identity is the finding's. */
  | 'left-over'

export interface LedgerRow {
  id: string
  kind: string
  identity: string
  jobId: string | null
  pid: number | null
  pidStart: string | null
  state: 'intended' | 'live' | 'released' | 'orphan'
  data: unknown
  createdAt: Date
}

/**
 * Writes the thing onto the ledger before it exists.
 * @returns the row, or null when a thing of this kind and identity has an owner already
 */
export async function intend(
  db: Db,
  kind: ResourceKind,
  identity: string,
  jobId: string | null,
  data: Prisma.InputJsonObject = {},
): Promise<LedgerRow | null> {
  try {
    return await db.resource.create({ data: { kind, identity, jobId, data } })
  } catch (error) {
    if (isUniqueViolation(error)) return null
    throw error
  }
}

/** The thing exists now; for a process, which one it is. */
export async function markLive(db: Db, id: string, process?: ProcessIdentity): Promise<void> {
  await db.resource.update({
    where: { id },
    data: { state: 'live', pid: process?.pid ?? null, pidStart: process?.start ?? null },
  })
}

/** Keeps what became known of the thing. */
export async function noteData(db: Db, id: string, data: Prisma.InputJsonObject): Promise<void> {
  await db.resource.update({ where: { id }, data: { data } })
}

/** The job's rows of one kind, also those that are released; newest first. */
export async function jobResources(db: Db, kind: ResourceKind, jobId: string): Promise<LedgerRow[]> {
  return db.resource.findMany({ where: { kind, jobId }, orderBy: { createdAt: 'desc' } })
}

/** The thing is gone. */
export async function markReleased(db: Db, id: string): Promise<void> {
  await db.resource.updateMany({
    where: { id, state: { not: 'released' } },
    data: { state: 'released', releasedAt: new Date() },
  })
}

/** Cleaning failed: it stays on the ledger for the next try and for people to see. */
export async function markOrphan(db: Db, id: string): Promise<void> {
  await db.resource.updateMany({ where: { id, state: { not: 'released' } }, data: { state: 'orphan' } })
}

/** What is not released yet, newest first (the order in which to undo). */
export async function openResources(
  db: Db,
  filter: { kind?: ResourceKind; jobId?: string | null } = {},
): Promise<LedgerRow[]> {
  return db.resource.findMany({
    where: { state: { not: 'released' }, ...filter },
    orderBy: { createdAt: 'desc' },
  })
}

/** One row that is not released, by id. */
export async function openResource(db: Db, kind: ResourceKind, id: string): Promise<LedgerRow | null> {
  return db.resource.findFirst({ where: { id, kind, state: { not: 'released' } } })
}
