import type { JobState } from '#contracts/job.ts'
import type { Problem } from '#contracts/problem.ts'
import { sourcesOf } from '../domain/job-state.ts'
import { claimedState } from './active.ts'
import type { Db, Prisma, PrismaClient } from './client.ts'
import { appendEvent } from './events.ts'

/** How long a job is its engine's after each heartbeat. */
export const LEASE_MS = 15_000

/** Everything a running job needs to know of itself. */
export const jobInclude = {
  vm: { include: { disks: { orderBy: { key: 'asc' } } } },
  appliance: true,
  repository: true,
  disks: { orderBy: { key: 'asc' } },
} satisfies Prisma.JobInclude
export type JobRow = Prisma.JobGetPayload<{ include: typeof jobInclude }>

/**
 * Takes the oldest queued job for an engine: a lease that must be renewed, and a new fence.
 * @returns null when nothing waits
 */
export async function claimNextJob(prisma: PrismaClient, owner: string, leaseMs: number): Promise<JobRow | null> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    UPDATE backup_jobs SET fence = fence + 1, "leaseOwner" = ${owner}, "startedAt" = COALESCE("startedAt", now()),
      "leaseUntil" = now() + ${leaseMs} * interval '1 millisecond'
    WHERE id = (
      SELECT id FROM backup_jobs WHERE state = 'queued' AND ("leaseUntil" IS NULL OR "leaseUntil" < now())
      ORDER BY "createdAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id`
  return rows[0] ? prisma.job.findUniqueOrThrow({ where: { id: rows[0].id }, include: jobInclude }) : null
}

/** Takes a job that another engine left behind; null when somebody still holds it, or it ended. */
export async function takeOverJob(
  prisma: PrismaClient,
  id: string,
  owner: string,
  leaseMs: number,
): Promise<JobRow | null> {
  const changed = await prisma.$executeRaw`
    UPDATE backup_jobs SET fence = fence + 1, "leaseOwner" = ${owner},
      "leaseUntil" = now() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${id}::uuid AND state NOT IN ('queued', 'completed', 'failed', 'cancelled')`
  return changed === 1 ? prisma.job.findUniqueOrThrow({ where: { id }, include: jobInclude }) : null
}

/** No engine works on what waits: leases that a former one took for it end now. */
export async function freeQueuedJobs(prisma: PrismaClient): Promise<void> {
  await prisma.job.updateMany({ where: { state: 'queued' }, data: { leaseOwner: null, leaseUntil: null } })
}

/** Notes by compare-and-set what a later engine needs to take the job up. @returns false when the job changed hands */
export async function noteJob(
  db: Db,
  { id, fence }: { id: string; fence: number },
  data: { takenAt?: Date; targets?: string | null },
): Promise<boolean> {
  return (await db.job.updateMany({ where: { id, fence }, data })).count === 1
}

/** Renews the lease. @returns null when fenced off or ended: the holder must stop; else whether cancel was asked for */
export async function heartbeat(
  db: Db,
  id: string,
  fence: number,
  leaseMs: number,
): Promise<{ cancelRequested: boolean } | null> {
  const rows = await db.$queryRaw<{ cancel: boolean }[]>`
    UPDATE backup_jobs SET "leaseUntil" = now() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${id}::uuid AND fence = ${fence} AND state NOT IN ('completed', 'failed', 'cancelled')
    RETURNING "cancelRequestedAt" IS NOT NULL AS cancel`
  return rows[0] ? { cancelRequested: rows[0].cancel } : null
}

export interface Move {
  id: string
  fence: number
  to: JobState
  message: string
  problem?: Problem
}

/**
 * Moves a job by compare-and-set (legal source states, fence) and appends the event, in one transaction.
 * @returns false when the job had moved on or belongs to somebody else: the caller must stop writing
 */
export async function moveJob(tx: Prisma.TransactionClient, move: Move): Promise<boolean> {
  const ended = move.to === 'completed' || move.to === 'failed' || move.to === 'cancelled'
  const { count } = await tx.job.updateMany({
    where: { id: move.id, fence: move.fence, state: { in: sourcesOf(move.to) } },
    data: {
      state: move.to,
      stateSince: new Date(),
      ...(move.problem ? { problem: move.problem } : {}),
      ...(ended ? { finishedAt: new Date(), leaseOwner: null, leaseUntil: null } : {}),
    },
  })
  if (count === 0) return false
  const job = await tx.job.findUniqueOrThrow({ where: { id: move.id }, select: { vmId: true, backupId: true } })
  await appendEvent(tx, { kind: 'job.state', state: move.to, message: move.message, ...job }, move.id)
  return true
}

/** True when the job is in the state, and still its holder's: the move was made, only the answer to its commit was lost. */
export async function jobIs(db: Db, { id, fence, state }: { id: string; fence: number; state: JobState }) {
  return (await db.job.count({ where: { id, fence, state } })) === 1
}

/** Running jobs whose engine no longer renews the lease, or all of them at an engine's start. */
export async function activeJobs(
  db: Db,
): Promise<{ id: string; leaseUntil: Date | null; leaseOwner: string | null }[]> {
  return db.job.findMany({
    where: { state: claimedState },
    select: { id: true, leaseUntil: true, leaseOwner: true },
  })
}
