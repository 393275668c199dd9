import type { Db } from './client.ts'

/** Everything that a job ever had on the ledger, oldest first. */
export async function jobLedger(db: Db, jobId: string) {
  return db.resource.findMany({ where: { jobId }, orderBy: { createdAt: 'asc' }, take: 1000 })
}
