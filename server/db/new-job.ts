import { backupIdFor } from '../domain/names.ts'
import type { Prisma } from './client.ts'
import { appendEvent } from './events.ts'

export interface NewBackup {
  vmId: string
  /** The machine's. */
  slug: string
  applianceId: string
  repositoryId: string
  type: 'full'
  requestedById: string | null
  /** The job whose proof failed and that this one repeats. */
  rerunOfId?: string
  message: string
}

/**
 * Queues a backup: row, event and the engine's wake-up.
 * @param attempt  makes the id another one when two begin in the same second
 */
export async function queueBackup(
  tx: Prisma.TransactionClient,
  { slug, message, ...fields }: NewBackup,
  { now = new Date(), attempt = 1 } = {},
): Promise<{ id: string; backupId: string }> {
  const created = await tx.job.create({
    data: { backupId: await freeId(tx, slug, now, attempt), ...fields },
    select: { id: true, backupId: true },
  })
  const { vmId } = fields
  await appendEvent(tx, { kind: 'job.state', vmId, backupId: created.backupId, state: 'queued', message }, created.id)
  await tx.$queryRaw`SELECT id FROM graphile_worker.add_job('jobs', '{}'::json, job_key => 'jobs')`
  return created
}

/** One that no job has yet; two transactions that choose the same meet at the unique index. */
async function freeId(tx: Prisma.TransactionClient, slug: string, now: Date, attempt: number): Promise<string> {
  for (let n = attempt; ; n++) {
    const id = backupIdFor(slug, now, n)
    if ((await tx.job.count({ where: { backupId: id } })) === 0) return id
  }
}
