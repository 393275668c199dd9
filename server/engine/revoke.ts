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
  await ctx.sessions.sync()
  const rows = await openResources(ctx.prisma, { kind: 'data-key' })
  const identities = rows.map(({ identity }) => identity)
  const out = await ownersOut(ctx.prisma, identities)
  const dataKeys = rows
    .filter(({ identity }) => out.has(identity))
    .map(({ data }) => fingerprint((data as DataKey).publicKey))
  for (const key of [controlKey, ...dataKeys]) await ctx.sshd.endSessionsOf(key)
}
