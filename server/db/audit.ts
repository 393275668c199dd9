import type { AuditFilter } from '#contracts/audit.ts'
import type { PrismaClient } from './client.ts'
import { Prisma } from './generated/client.ts'

export type AuditRow = Prisma.AuditEntryGetPayload<object>

/** Appends one line. */
export async function writeAudit(
  prisma: PrismaClient,
  entry: Omit<AuditRow, 'seq' | 'at' | 'target'> & { target: Record<string, unknown> | null },
): Promise<void> {
  const target = entry.target === null ? Prisma.DbNull : (entry.target as Prisma.InputJsonObject)
  await prisma.auditEntry.create({ data: { ...entry, target }, select: { seq: true } })
}

/** Newest first, from before a number on. @param ids  a search finds what is about these, too */
export function readAudit(
  prisma: PrismaClient,
  { search, outcome, from, to }: AuditFilter,
  page: { before: string | null; limit: number; ids: readonly string[] },
): Promise<AuditRow[]> {
  // The wildcards of LIKE are ordinary characters of what is looked for.
  const part = `%${(search ?? '').replace(/[\\%_]/g, '\\$&')}%`
  const conditions = [
    ...(page.before === null ? [] : [Prisma.sql`"seq" < ${BigInt(page.before)}`]),
    ...(outcome === undefined ? [] : [Prisma.sql`"outcome" = ${outcome}`]),
    ...(from === undefined ? [] : [Prisma.sql`"at" >= ${new Date(from)}`]),
    ...(to === undefined ? [] : [Prisma.sql`"at" <= ${new Date(to)}`]),
    ...(search === undefined || search === ''
      ? []
      : [
          Prisma.sql`(concat_ws(' ', "who", "action", "address", "token", "code", "target"::text) ILIKE ${part}
            OR EXISTS (SELECT FROM jsonb_each_text("target") AS named WHERE named.value = ANY(${page.ids})))`,
        ]),
  ]
  const where = conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`
  return prisma.$queryRaw<AuditRow[]>`
    SELECT * FROM "audit_entries" ${where} ORDER BY "seq" DESC LIMIT ${page.limit}`
}

export async function auditDays(prisma: PrismaClient): Promise<number> {
  const { auditDays: days } = await prisma.installation.findUniqueOrThrow({ where: { id: 1 } })
  return days
}

export async function setAuditDays(prisma: PrismaClient, days: number): Promise<void> {
  await prisma.installation.update({ where: { id: 1 }, data: { auditDays: days } })
}

/** Takes out what is older than it is to be kept: the trigger lets nothing younger go. Answers how many. */
export function deleteOldAudit(prisma: PrismaClient): Promise<number> {
  return prisma.$executeRaw`
    DELETE FROM "audit_entries"
    WHERE "at" < now() - make_interval(days => (SELECT "auditDays" FROM "installation" WHERE "id" = 1))`
}
