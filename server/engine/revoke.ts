import { ownersOut, revokeAppliance } from '../db/appliances.ts'
import { openResources } from '../db/resources.ts'
import { fingerprint } from '../drivers/ssh/driver.ts'
import type { EngineContext } from './context.ts'
import type { DataKey } from './key-file.ts'

/**
 * Lets an appliance in no more, now: its keys out first (permissions freeze at login), then every session of them. Its running
 * jobs are cancelled, since their bytes cannot come any more.
 */
export async function revoke(ctx: EngineContext, { applianceId }: { applianceId: string }): Promise<void> {
  const controlKey = await revokeAppliance(ctx.prisma, applianceId)
  await ctx.keys.apply()
  // What fails for one, or for another appliance, must leave no session of this one alive.
  const synced = await Promise.allSettled([ctx.sessions.sync()])
  const rows = await openResources(ctx.prisma, { kind: 'data-key' })
  const identities = rows.map(({ identity }) => identity)
  const out = await ownersOut(ctx.prisma, identities)
  const dataKeys = rows
    .filter(({ identity }) => out.has(identity))
    .map(({ data }) => fingerprint((data as DataKey).publicKey))
  const ended = await Promise.allSettled([controlKey, ...dataKeys].map((key) => ctx.sshd.endSessionsOf(key)))
  const failed = [...synced, ...ended].find((each) => each.status === 'rejected')
  if (failed) throw failed.reason
}
