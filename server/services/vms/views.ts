import type { VmDiskView, VmSummary, VmTimeline, VmView } from '#contracts/views.ts'
import type { Prisma } from '../../db/client.ts'
import type { TimelineRow, VmRow } from '../../db/vms.ts'
import { isAllowed } from '../../domain/allow-unknown.ts'
import { type LookLimits, standingOf } from '../../domain/catalogue/standing.ts'
import { type SummaryRow, toJobSummary } from '../backups/views.ts'

export function toVmSummary(row: VmRow): VmSummary {
  const { backupId, state, stateSince } = row
  return {
    id: row.id,
    name: row.name,
    applianceName: row.applianceName,
    missing: row.missing,
    sizeBytes: Number(row.sizeBytes),
    diskCount: row.diskCount,
    lastBackupAt: row.lastBackupAt?.toISOString() ?? null,
    newestPointAt: row.newestPointAt?.toISOString() ?? null,
    newestStanding: row.newestStanding,
    lastJob: backupId && state && stateSince ? { backupId, state, stateSince: stateSince.toISOString() } : null,
  }
}

export const vmInclude = {
  appliance: { select: { name: true, state: true } },
  disks: { orderBy: { key: 'asc' } },
  backups: {
    orderBy: [{ takenAt: 'desc' }, { id: 'desc' }],
    take: 1,
    select: { takenAt: true, state: true, lookedAt: true, mapLookedAt: true },
  },
} satisfies Prisma.VirtualMachineInclude

type DiskRow = Prisma.VirtualMachineGetPayload<{ include: typeof vmInclude }>['disks'][number]

/** @param givers  addresses of people by their ids */
export function toDiskView(disk: DiskRow, givers: ReadonlyMap<string, string>, now = new Date()): VmDiskView {
  const { key, label, sizeBytes, allowUnknownReason, allowUnknownUntil, allowUnknownAt, allowUnknownById } = disk
  const allowUnknown =
    allowUnknownReason !== null && allowUnknownUntil !== null && allowUnknownAt !== null && isAllowed(disk, now)
      ? {
          reason: allowUnknownReason,
          until: allowUnknownUntil.toISOString(),
          at: allowUnknownAt.toISOString(),
          by: givers.get(allowUnknownById ?? '') ?? null,
        }
      : null
  return { key, label, sizeBytes: Number(sizeBytes), allowUnknown }
}

/** What of a machine's restore points is shown: all, the newest that counts, and by which limits; addresses of people by id. */
export interface VmFacts {
  restorePoints: VmView['restorePoints']
  usable: Date | null
  look: LookLimits
  givers?: ReadonlyMap<string, string>
}

/** A machine whole. @param jobs  the newest ones, newest first */
export function toVmView(
  vm: Prisma.VirtualMachineGetPayload<{ include: typeof vmInclude }>,
  jobs: readonly SummaryRow[],
  points: VmFacts,
): VmView {
  const newest = jobs[0]
  const point = vm.backups[0]
  return {
    id: vm.id,
    name: vm.name,
    slug: vm.slug,
    applianceId: vm.applianceId,
    applianceName: vm.appliance.name,
    applianceState: vm.appliance.state,
    source: vm.sourceName,
    sourceKind: vm.sourceKind,
    missing: vm.missing,
    sizeBytes: vm.disks.reduce((sum, disk) => sum + Number(disk.sizeBytes), 0),
    diskCount: vm.disks.length,
    lastBackupAt: points.usable?.toISOString() ?? null,
    newestPointAt: point?.takenAt.toISOString() ?? null,
    newestStanding: point ? standingOf(point, points.look) : null,
    lastJob: newest
      ? { backupId: newest.backupId, state: newest.state, stateSince: newest.stateSince.toISOString() }
      : null,
    disks: vm.disks.map((disk) => toDiskView(disk, points.givers ?? new Map())),
    restorePoints: points.restorePoints,
    jobs: jobs.map(toJobSummary),
  }
}

export function toTimelinePoint(row: TimelineRow): VmTimeline['points'][number] {
  return { ...row, takenAt: row.takenAt.toISOString(), storedBytes: Number(row.storedBytes) }
}
