import { type LedgerRow, markOrphan, markReleased, noteData } from '../../db/resources.ts'
import { removePartial } from '../../drivers/repository/driver.ts'
import type { BackupRun } from './run.ts'

/** Why an unfinished backup stays for a while, on its row of the ledger. */
export interface KeptPartial {
  repositoryPath: string
  /** ISO time. */
  keepUntil?: string
  keptBecause?: string
}

/**
 * The end of an unfinished backup's directory. After the rename it is there no more; what failed its proof is kept for a look
 * until its time is over, or somebody deletes it.
 */
export async function endPartial(run: BackupRun, row: LedgerRow): Promise<string | null> {
  const { ctx, job } = run
  try {
    if (run.keep !== null) {
      const keepUntil = new Date(Date.now() + ctx.env.keepFailedMs).toISOString()
      const data: KeptPartial = { repositoryPath: job.repository.path, keepUntil, keptBecause: run.keep.slice(0, 1000) }
      await noteData(ctx.prisma, row.id, { ...data })
      await markOrphan(ctx.prisma, row.id)
      return `kept until ${keepUntil}`
    }
    if (run.state !== 'completed') await removePartial(job.repository.path, row.identity)
    await markReleased(ctx.prisma, row.id)
    return null
  } catch (error) {
    await markOrphan(ctx.prisma, row.id)
    throw error
  }
}
