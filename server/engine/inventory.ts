import type { InventoryVm } from '#contracts/appliance.ts'
import type { Prisma } from '../db/client.ts'
import { appendEvent } from '../db/events.ts'
import { slugFor } from '../domain/names.ts'
import type { EngineContext } from './context.ts'

async function keepVm(
  tx: Prisma.TransactionClient,
  applianceId: string,
  seen: InventoryVm,
  taken: Set<string>,
  forget: boolean,
): Promise<string> {
  const identity = { applianceId, sourceName: seen.source, ref: seen.ref }
  const facts = { name: seen.name, sourceKind: seen.sourceKind, missing: false, seenAt: new Date() }
  const present = await tx.virtualMachine.findUnique({
    where: { applianceId_sourceName_ref: identity },
    select: { id: true },
  })
  const slug = present ? '' : slugFor(seen.name, taken)
  taken.add(slug)
  const { id } = present
    ? await tx.virtualMachine.update({ where: { id: present.id }, data: facts, select: { id: true } })
    : await tx.virtualMachine.create({ data: { ...identity, ...facts, slug }, select: { id: true } })
  if (forget) await tx.vmDisk.deleteMany({ where: { vmId: id, key: { notIn: seen.disks.map(({ key }) => key) } } })
  for (const { key, label, sizeBytes } of seen.disks) {
    const data = { label, sizeBytes: BigInt(sizeBytes) }
    await tx.vmDisk.upsert({ where: { vmId_key: { vmId: id, key } }, create: { vmId: id, key, ...data }, update: data })
  }
  return id
}

/**
 * Asks the appliance what it sees and keeps it. A machine that is no longer listed is marked missing, never removed:
 * its restore points stay. A disk that is no longer listed is forgotten only when a person asked (`forget`): by itself it would let the
 * next backup complete with fewer disks and nobody would know.
 */
export async function refreshInventory(
  { prisma, sessions }: EngineContext,
  applianceId: string,
  forget: boolean,
): Promise<{ found: number; problems: string[] }> {
  const { vms, problems } = await sessions.client(applianceId).call('inventory', {})
  await prisma.$transaction(async (tx) => {
    // Slugs are unique over all appliances: one inventory at a time.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(7310002)`
    const taken = new Set((await tx.virtualMachine.findMany({ select: { slug: true } })).map(({ slug }) => slug))
    const kept: string[] = []
    for (const vm of vms) kept.push(await keepVm(tx, applianceId, vm, taken, forget))
    const failedSources = problems.filter(({ ref }) => ref === null).map(({ source }) => source)
    // A machine that could not be read is not missing.
    const unread = problems.flatMap(({ source, ref }) => (ref === null ? [] : [{ sourceName: source, ref }]))
    const missing = { applianceId, id: { notIn: kept }, sourceName: { notIn: failedSources }, NOT: unread }
    await tx.virtualMachine.updateMany({ where: missing, data: { missing: true } })
    await appendEvent(tx, { kind: 'vms.changed', applianceId })
  })
  return { found: vms.length, problems: problems.map(({ source, problem }) => `${source}: ${problem.happened}`) }
}
