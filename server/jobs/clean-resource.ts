import { appendEvent } from '../db/events.ts'
import { releasePort, releasePortsOfKey } from '../db/port-rows.ts'
import { type LedgerRow, markOrphan, markReleased } from '../db/resources.ts'
import { removePartial, removeScratch } from '../drivers/repository/driver.ts'
import { fingerprint } from '../drivers/ssh/driver.ts'
import type { EngineContext } from '../engine/context.ts'
import type { DataKey } from '../engine/key-file.ts'

/**
 * Takes a job's key out, and gives back the ports that nothing but the key held. The row is an orphan first: a write that fails leaves a row that says so, and a key that the next
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
  await releasePortsOfKey(ctx.prisma, (row.data as DataKey).openPorts)
  await appendEvent(ctx.prisma, { kind: 'tunnels.changed' })
}

/**
 * Ends a job on its appliance. @returns what each step there did
 * @throws Error with the steps that failed: the row stays, and the next look tries again
 */
export async function endApplianceJob(ctx: EngineContext, row: LedgerRow): Promise<string> {
  const { applianceId } = row.data as { applianceId: string }
  const client = ctx.sessions.client(applianceId)
  const { steps } = await client.call('jobs.end', { jobId: row.identity }, { timeoutMs: 20_000 })
  const failed = steps.filter(({ ok }) => !ok)
  if (failed.length > 0) throw new Error(failed.map(({ step, detail }) => `${step}: ${detail ?? 'failed'}`).join('; '))
  await markReleased(ctx.prisma, row.id)
  return steps.map(({ step, detail }) => (detail ? `${step}: ${detail}` : step)).join(', ')
}

/** Undoes one thing of the ledger that an earlier engine left behind, then closes its row. Answers details. @throws when it cannot */
export async function cleanResource(ctx: EngineContext, row: LedgerRow): Promise<string | null> {
  switch (row.kind) {
    case 'export':
      await ctx.exports.stop(row)
      return null
    case 'data-key':
      await revokeDataKey(ctx, row)
      return null
    case 'port':
      if (!(await releasePort(ctx.prisma, row.id))) throw new Error(`a key that lives opens port ${row.identity}`)
      return null
    case 'partial-directory':
      await removePartial((row.data as { repositoryPath: string }).repositoryPath, row.identity)
      break
    case 'scratch-directory':
      await removeScratch((row.data as { repositoryPath: string }).repositoryPath, row.identity)
      break
    case 'appliance-job':
      return await endApplianceJob(ctx, row)
  }
  await markReleased(ctx.prisma, row.id)
  return null
}
