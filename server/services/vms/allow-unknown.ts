import { ALLOW_UNKNOWN_DAYS, ALLOW_UNKNOWN_MAX_DAYS } from '#contracts/allow-unknown.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { VmDiskView } from '#contracts/views.ts'
import type { PrismaClient } from '../../db/client.ts'
import { appendEvent } from '../../db/events.ts'
import type { Actor, AllowUnknownInput } from '../api.ts'
import { found } from '../found.ts'
import { toDiskView } from './views.ts'

const DAY_MS = 24 * 3600_000

/** The addresses of those who allowed it, by their ids. */
export async function giversOf(
  prisma: PrismaClient,
  disks: readonly { allowUnknownById: string | null }[],
): Promise<Map<string, string>> {
  const ids = [...new Set(disks.flatMap(({ allowUnknownById }) => allowUnknownById ?? []))]
  if (ids.length === 0) return new Map()
  const people = await prisma.user.findMany({ where: { id: { in: ids } }, select: { id: true, email: true } })
  return new Map(people.map(({ id, email }) => [id, email]))
}

function refuse(field: string, happened: string, remedy: string): ProblemError {
  return new ProblemError({ code: 'bad_input', field, happened, safe: 'Nothing was changed.', remedy })
}

/** When it ends. @throws ProblemError bad_input */
function endOf(until: string | undefined, now: Date): Date {
  const end = until === undefined ? new Date(now.getTime() + ALLOW_UNKNOWN_DAYS * DAY_MS) : new Date(until)
  const latest = now.getTime() + ALLOW_UNKNOWN_MAX_DAYS * DAY_MS
  if (end > now && end.getTime() <= latest) return end
  throw refuse(
    'until',
    `until: ${end.toISOString()} is not between now and ${new Date(latest).toISOString()}.`,
    'Choose a day within the next year.',
  )
}

/** Allows an unknown state of one disk, or takes that back. @throws ProblemError not_found | bad_input */
export async function setAllowance(prisma: PrismaClient, input: AllowUnknownInput, actor: Actor): Promise<VmDiskView> {
  const { id, diskKey, allowUnknown, reason, until } = input
  const now = new Date()
  if (allowUnknown && !reason?.trim())
    throw refuse(
      'reason',
      'reason: an unknown state is allowed only with a reason.',
      'Say why it must be backed up so.',
    )
  const data = allowUnknown
    ? {
        ...{ allowUnknownReason: reason?.trim() ?? '', allowUnknownUntil: endOf(until, now), allowUnknownAt: now },
        allowUnknownById: actor.userId,
      }
    : { allowUnknownReason: null, allowUnknownUntil: null, allowUnknownAt: null, allowUnknownById: null }
  const disk = await prisma.$transaction(async (tx) => {
    const select = { applianceId: true, disks: { where: { key: diskKey } } } as const
    const vm = found(await tx.virtualMachine.findUnique({ where: { id }, select }), 'virtual machine', id)
    found(vm.disks[0], 'disk', String(diskKey))
    const changed = await tx.vmDisk.update({ where: { vmId_key: { vmId: id, key: diskKey } }, data })
    await appendEvent(tx, { kind: 'vms.changed', applianceId: vm.applianceId })
    return changed
  })
  return toDiskView(disk, await giversOf(prisma, [disk]), now)
}
