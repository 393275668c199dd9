import { type LedgerRow, markReleased } from '../db/resources.ts'
import { removePartial } from '../drivers/repository/driver.ts'
import { fingerprint } from '../drivers/ssh/driver.ts'
import type { EngineContext } from '../engine/context.ts'
import type { DataKey } from '../engine/key-file.ts'

/** Undoes one thing of the ledger that an earlier engine left behind, then closes its row. @throws when it cannot */
export async function cleanResource(ctx: EngineContext, row: LedgerRow): Promise<void> {
  switch (row.kind) {
    case 'export':
      await ctx.exports.stop(row)
      return
    case 'data-key':
      await markReleased(ctx.prisma, row.id)
      await ctx.keys.apply()
      await ctx.sshd.endSessionsOf(fingerprint((row.data as DataKey).publicKey))
      return
    case 'partial-directory':
      await removePartial((row.data as { repositoryPath: string }).repositoryPath, row.identity)
      break
    case 'appliance-job': {
      const { applianceId } = row.data as { applianceId: string }
      await ctx.sessions.client(applianceId).call('jobs.end', { jobId: row.identity }, { timeoutMs: 20_000 })
      break
    }
  }
  await markReleased(ctx.prisma, row.id)
}
