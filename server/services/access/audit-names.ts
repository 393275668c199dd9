import type { AuditEntry } from '#contracts/audit.ts'
import type { PrismaClient } from '../../db/client.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The ids that targets name. A person's id is no UUID; a field that is called so holds one. */
function idsOf(entries: readonly AuditEntry[]): { uuids: string[]; others: string[] } {
  const named = entries.flatMap(({ target }) => Object.entries(target ?? {}))
  const ids = [...new Set(named.flatMap(([, value]) => (typeof value === 'string' ? [value] : [])))]
  const uuids = ids.filter((id) => UUID.test(id))
  const others = named.flatMap(([name, value]) =>
    name === 'id' && typeof value === 'string' && !UUID.test(value) ? [value] : [],
  )
  return { uuids, others: [...new Set(others)] }
}

/** What the things of these entries are called now, by id. What is gone is left out. */
export async function namesOf(prisma: PrismaClient, entries: readonly AuditEntry[]): Promise<Record<string, string>> {
  const { uuids, others } = idsOf(entries)
  const id = { in: uuids }
  const named = { where: { id }, select: { id: true, name: true } } as const
  const [vms, repositories, appliances, tokens, jobs, people] = await Promise.all([
    uuids.length === 0 ? [] : prisma.virtualMachine.findMany(named),
    uuids.length === 0 ? [] : prisma.repository.findMany(named),
    uuids.length === 0 ? [] : prisma.appliance.findMany(named),
    uuids.length === 0 ? [] : prisma.accessToken.findMany(named),
    uuids.length === 0 ? [] : prisma.job.findMany({ where: { id }, select: { id: true, backupId: true } }),
    others.length === 0
      ? []
      : prisma.user.findMany({ where: { id: { in: others } }, select: { id: true, email: true } }),
  ])
  return Object.fromEntries([
    ...[...vms, ...repositories, ...appliances, ...tokens].map((one) => [one.id, one.name]),
    ...jobs.map((job) => [job.id, job.backupId]),
    ...people.map((person) => [person.id, person.email]),
  ])
}
