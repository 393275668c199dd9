import { appendEvent } from '../db/events.ts'
import { type LedgerRow, markOrphan, markReleased } from '../db/resources.ts'
import { removePartial, removeScratch } from '../drivers/repository/driver.ts'
import { fingerprint } from '../drivers/ssh/driver.ts'
import type { EngineContext } from '../engine/context.ts'
import type { DataKey } from '../engine/key-file.ts'

/**
 * Takes a job's key out. The row is an orphan first: a write that fails leaves a row that says so, and a key that the next
 * write of the file leaves out. Its sessions end either way.
 */
export async function revokeDataKey(ctx: EngineContext, row: LedgerRow): Promise<void> {
  await markOrphan(ctx.prisma, row.id)
  try {
    await ctx.keys.apply()
  } finally {
    await ctx.sshd.endSessionsOf(fingerprint((row.data as DataKey).publicKey))
  }
  await markReleased(ctx.prisma, row.id)
  await appendEvent(ctx.prisma, { kind: 'tunnels.changed' })
}

/** Undoes one thing of the ledger that an earlier engine left behind, then closes its row. @throws when it cannot */
export async function cleanResource(ctx: EngineContext, row: LedgerRow): Promise<void> {
  switch (row.kind) {
    case 'export':
      await ctx.exports.stop(row)
      return
    case 'data-key':
      await revokeDataKey(ctx, row)
      return
    case 'partial-directory':
      await removePartial((row.data as { repositoryPath: string }).repositoryPath, row.identity)
      break
    case 'scratch-directory':
      await removeScratch((row.data as { repositoryPath: string }).repositoryPath, row.identity)
      break
    case 'appliance-job': {
      const { applianceId } = row.data as { applianceId: string }
      await ctx.sessions.client(applianceId).call('jobs.end', { jobId: row.identity }, { timeoutMs: 20_000 })
      break
    }
  }
  await markReleased(ctx.prisma, row.id)
}
