import type { AuditEntry } from '#contracts/audit.ts'
import type { PrismaClient } from '../../db/client.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Things of each kind that a search by name takes into account. */
const MOST_NAMED = 50

/** The ids that targets name. */
function idsOf(entries: readonly AuditEntry[]): string[] {
  const values = entries.flatMap(({ target }) => Object.values(target ?? {}))
  return [...new Set(values.filter((value): value is string => typeof value === 'string' && UUID.test(value)))]
}

/** What the things of these entries are called now, by id. What is gone is left out. */
export async function namesOf(prisma: PrismaClient, entries: readonly AuditEntry[]): Promise<Record<string, string>> {
  const ids = idsOf(entries)
  if (ids.length === 0) return {}
  const id = { in: ids }
  const named = { where: { id }, select: { id: true, name: true } } as const
  const [vms, repositories, appliances, tokens, jobs, disks, people] = await Promise.all([
    prisma.virtualMachine.findMany(named),
    prisma.repository.findMany(named),
    prisma.appliance.findMany(named),
    prisma.accessToken.findMany(named),
    prisma.job.findMany({ where: { id }, select: { id: true, backupId: true } }),
    prisma.backupDisk.findMany({ where: { id }, select: { id: true, backupId: true, key: true } }),
    prisma.user.findMany({ where: { id }, select: { id: true, email: true } }),
  ])
  return Object.fromEntries([
    ...[vms, repositories, appliances, tokens].flat().map((one) => [one.id, one.name]),
    ...jobs.map((job) => [job.id, job.backupId]),
    ...disks.map((disk) => [disk.id, `${disk.key} of ${disk.backupId}`]),
    ...people.map((person) => [person.id, person.email]),
  ])
}

/** The ids of things whose present name holds these words, so that a search finds an entry by what its row says. */
export async function idsNamed(prisma: PrismaClient, words: string): Promise<string[]> {
  if (words === '') return []
  const name = { contains: words, mode: 'insensitive' } as const
  const wanted = { where: { name }, select: { id: true }, take: MOST_NAMED } as const
  const found = await Promise.all([
    prisma.virtualMachine.findMany(wanted),
    prisma.repository.findMany(wanted),
    prisma.appliance.findMany(wanted),
    prisma.accessToken.findMany(wanted),
    prisma.job.findMany({ where: { backupId: name }, select: { id: true }, take: MOST_NAMED }),
    prisma.user.findMany({ where: { email: name }, select: { id: true }, take: MOST_NAMED }),
  ])
  return found.flat().map(({ id }) => id)
}
