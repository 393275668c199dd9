import { type CheckItem, inOrder, type VmCheck } from '#contracts/check.ts'
import { type Db, isUniqueViolation, json, type Prisma, type PrismaClient } from './client.ts'
import { appendEvent } from './events.ts'

const include = {
  vm: { select: { name: true } },
  appliance: { select: { name: true } },
  repository: { select: { name: true } },
} satisfies Prisma.CheckInclude

type Row = Prisma.CheckGetPayload<{ include: typeof include }>

function toCheck(row: Row): VmCheck {
  return {
    id: row.id,
    vmId: row.vmId,
    vmName: row.vm?.name ?? null,
    applianceId: row.applianceId,
    applianceName: row.appliance.name,
    repositoryName: row.repository?.name ?? null,
    reason: row.reason === 'tunnel' ? 'tunnel' : 'asked',
    state: row.state,
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    items: inOrder(json<CheckItem[]>(row.items) ?? []),
  }
}

/** Checks that are kept of one machine, and of one appliance alone. */
const KEPT = 10

export interface NewCheck {
  vmId: string | null
  applianceId: string
  repositoryId: string | null
  reason: VmCheck['reason']
  requestedById: string | null
}

/** Writes it down and tells of it; `begun` false: this is the one that runs already. */
export async function beginCheck(prisma: PrismaClient, data: NewCheck): Promise<{ check: VmCheck; begun: boolean }> {
  const subject = { vmId: data.vmId, applianceId: data.applianceId }
  for (;;) {
    try {
      const check = await prisma.$transaction(async (tx) => {
        const made = toCheck(await tx.check.create({ data, include }))
        await appendEvent(tx, { kind: 'check.changed', check: made }, made.id)
        return made
      })
      return { check, begun: true }
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
    }
    const running = await prisma.check.findFirst({ where: { ...subject, state: 'running' }, include })
    if (running) return { check: toCheck(running), begun: false }
  }
}

/** Keeps what is known and tells of it. Once it has ended, only its last event is kept, and only the newest checks. */
export async function noteCheck(
  prisma: PrismaClient,
  id: string,
  items: readonly CheckItem[],
  end?: { state: 'passed' | 'failed' | 'interrupted'; tunnelSign: string | null },
): Promise<VmCheck> {
  return prisma.$transaction(async (tx) => {
    const done = end ? { ...end, finishedAt: new Date() } : {}
    const check = toCheck(await tx.check.update({ where: { id }, data: { items: [...items], ...done }, include }))
    const seq = await appendEvent(tx, { kind: 'check.changed', check }, id)
    if (end) {
      await tx.event.deleteMany({ where: { jobId: id, kind: 'check.changed', seq: { lt: seq } } })
      await prune(tx, check)
    }
    return check
  })
}

async function prune(db: Db, { vmId, applianceId }: VmCheck): Promise<void> {
  const where = { vmId, applianceId, state: { not: 'running' as const } }
  const kept = await db.check.findMany({ where, orderBy: { startedAt: 'desc' }, take: KEPT, select: { id: true } })
  await db.check.deleteMany({ where: { ...where, id: { notIn: kept.map(({ id }) => id) } } })
}

/** Checks that an engine which is gone did not end. */
export async function interruptChecks(prisma: PrismaClient): Promise<void> {
  for (const row of await prisma.check.findMany({ where: { state: 'running' } }))
    await noteCheck(prisma, row.id, json<CheckItem[]>(row.items) ?? [], { state: 'interrupted', tunnelSign: null })
}

export async function checkById(db: Db, id: string): Promise<VmCheck | null> {
  const row = await db.check.findUnique({ where: { id }, include })
  return row && toCheck(row)
}

/** The newest check of a machine; null: none yet. */
export async function newestCheckOf(db: Db, vmId: string): Promise<VmCheck | null> {
  const row = await db.check.findFirst({ where: { vmId }, orderBy: { startedAt: 'desc' }, include })
  return row && toCheck(row)
}

/** The newest check of each appliance alone. */
export async function newestOfAppliances(db: Db): Promise<VmCheck[]> {
  const rows = await db.check.findMany({
    where: { vmId: null },
    orderBy: [{ applianceId: 'asc' }, { startedAt: 'desc' }],
    distinct: ['applianceId'],
    include,
  })
  return rows.map(toCheck)
}

/** What the appliance's tunnel was when it was last checked to its end; null: never. */
export async function checkedTunnel(db: Db, applianceId: string): Promise<string | null> {
  const row = await db.check.findFirst({
    where: { applianceId, tunnelSign: { not: null } },
    orderBy: { startedAt: 'desc' },
    select: { tunnelSign: true },
  })
  return row?.tunnelSign ?? null
}

export async function isCheckRunning(db: Db, id: string): Promise<boolean> {
  return (await db.check.count({ where: { id, state: 'running' } })) > 0
}
