import type { DiskProgress } from '#contracts/events.ts'
import { diskFormats, fixedBys } from '#contracts/fixed-by.ts'
import type { Problem } from '#contracts/problem.ts'
import { formatTargets } from '#contracts/targets.ts'
import type { BackupView, JobDiskView, JobSummary, JobView, Proof } from '#contracts/views.ts'
import { json, type Prisma } from '../../db/client.ts'
import type { LookLimits } from '../../domain/catalogue/standing.ts'
import { diskNote, movedBytes } from '../../domain/progress.ts'
import { standingSelect, toPointStanding } from './standing.ts'

export const summaryInclude = {
  vm: { select: { name: true, disks: { select: { sizeBytes: true } } } },
  appliance: { select: { name: true, clockOffsetMs: true } },
  repository: { select: { name: true } },
  disks: { select: { sizeBytes: true } },
} satisfies Prisma.JobInclude
export type SummaryRow = Prisma.JobGetPayload<{ include: typeof summaryInclude }>

const sum = (rows: readonly { sizeBytes: bigint }[]) => rows.reduce((total, row) => total + Number(row.sizeBytes), 0)
const iso = (date: Date | null) => date?.toISOString() ?? null
const number = (value: bigint | null) => (value === null ? null : Number(value))

/** A job as a line of a list. */
export function toJobSummary(job: SummaryRow): JobSummary {
  return {
    id: job.id,
    backupId: job.backupId,
    type: job.type,
    state: job.state,
    stateSince: job.stateSince.toISOString(),
    vmId: job.vmId,
    vmName: job.vm.name,
    repositoryId: job.repositoryId,
    repositoryName: job.repository.name,
    applianceName: job.appliance.name,
    sizeBytes: sum(job.disks.length > 0 ? job.disks : job.vm.disks),
    cancelRequested: job.cancelRequestedAt !== null,
    problem: json<Problem>(job.problem),
    createdAt: job.createdAt.toISOString(),
    startedAt: iso(job.startedAt),
    firstByteAt: iso(job.firstByteAt),
    finishedAt: iso(job.finishedAt),
  }
}

export const viewInclude = {
  ...summaryInclude,
  disks: { orderBy: { key: 'asc' } },
  backup: { select: standingSelect },
} satisfies Prisma.JobInclude
export type ViewRow = Prisma.JobGetPayload<{ include: typeof viewInclude }>

/** A disk's stored figures in the form that events carry. */
export function toDiskProgress(disk: ViewRow['disks'][number]): DiskProgress {
  const { state } = disk
  const dataBytes = number(disk.dataBytes)
  const figures = {
    key: disk.key,
    state,
    sizeBytes: Number(disk.sizeBytes),
    dataBytes,
    readBytes: movedBytes(number(disk.readBytes), { state, dataBytes }),
    writtenBytes: movedBytes(number(disk.writtenBytes), { state, dataBytes }),
    sentBytes: movedBytes(number(disk.sentBytes), { state, dataBytes }),
    checkedBytes: null,
    allocatedBytes: number(disk.allocatedBytes) ?? 0,
    bytesPerSecond: disk.bytesPerSecond ?? 0,
  }
  return { ...figures, note: diskNote(figures) }
}

/** One of a list of words; null: none of them. */
const known = <T extends string>(list: readonly T[], word: string | null): T | null =>
  list.find((each) => each === word) ?? null

function toDiskView(disk: ViewRow['disks'][number]): JobDiskView {
  return {
    ...toDiskProgress(disk),
    label: disk.label,
    hubPort: disk.hubPort,
    exportName: disk.exportName,
    imagePath: disk.imagePath,
    problem: json<Problem>(disk.problem),
    proof: json<Proof>(disk.proof),
    stateFixedBy: known(fixedBys, disk.stateFixedBy),
    stateNote: disk.stateNote,
    format: known(diskFormats, disk.format),
    notes: json<string[]>(disk.notes) ?? [],
  }
}

/** A job whole. */
export function toJobView(
  job: ViewRow,
  cursor: string,
  { etaSeconds, ledger, figures }: Pick<JobView, 'etaSeconds' | 'ledger' | 'figures'>,
  limits: LookLimits,
): JobView {
  const disks = job.disks.map(toDiskView)
  const targets = disks.flatMap(({ key, hubPort, exportName }) =>
    hubPort !== null && exportName !== null ? [{ key, host: '127.0.0.1', port: hubPort, exportName }] : [],
  )
  return {
    ...toJobSummary(job),
    disks,
    targets: targets.length > 0 && targets.length === disks.length ? formatTargets(targets) : null,
    bytesPerSecond: disks.reduce((total, disk) => total + disk.bytesPerSecond, 0),
    etaSeconds,
    ledger,
    figures,
    clockOffsetMs: job.appliance.clockOffsetMs,
    point: job.backup && toPointStanding(job.backup, limits),
    cursor,
  }
}

export const backupInclude = {
  repository: { select: { name: true, problem: true } },
  disks: { orderBy: { key: 'asc' } },
} satisfies Prisma.BackupInclude

/** A restore point. */
export function toBackupView(
  backup: Prisma.BackupGetPayload<{ include: typeof backupInclude }>,
  limits: LookLimits,
): BackupView {
  return {
    id: backup.id,
    jobId: backup.jobId,
    vmId: backup.vmId,
    type: backup.type,
    takenAt: backup.takenAt.toISOString(),
    repositoryName: backup.repository.name,
    directory: backup.directory,
    ...toPointStanding(backup, limits),
    disks: backup.disks.map((disk) => ({
      id: disk.id,
      key: disk.key,
      sizeBytes: Number(disk.sizeBytes),
      allocatedBytes: Number(disk.allocatedBytes),
      imagePath: disk.imagePath,
      // What the table does not know is unknown.
      stateFixedBy: known(fixedBys, disk.stateFixedBy) ?? 'unknown',
      stateNote: disk.stateNote,
      format: known(diskFormats, disk.format) ?? 'raw',
      notes: json<string[]>(disk.notes) ?? [],
    })),
  }
}
