import type { JobState } from '#contracts/job.ts'
import type { VmSummary } from '#contracts/views.ts'

export const sortKeys = ['name', 'backup', 'state', 'size', 'disks', 'appliance'] as const
export type SortKey = (typeof sortKeys)[number]

/** As it stands in the address: `size`, or `-size` for the other way round. */
export const sortParams = sortKeys.flatMap((key) => [key, `-${key}` as const])
export type SortParam = SortKey | `-${SortKey}`

// One locale for server and browser: the first paint has the order of the second.
const { compare } = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** What needs somebody comes first. */
const urgency: Record<JobState, number> = {
  ...{
    failed: 0,
    cancelled: 1,
    queued: 2,
    planned: 3,
    preparing: 4,
    copying: 5,
    flushing: 6,
    checking: 7,
    committing: 8,
  },
  completed: 9,
}
const urgencyOf = ({ lastJob }: VmSummary) => (lastJob ? urgency[lastJob.state] : 10)

/** Ascending order of each column; a machine that was never backed up is older than every backup. */
export const comparisons: Record<SortKey, (a: VmSummary, b: VmSummary) => number> = {
  name: (a, b) => compare(a.name, b.name),
  backup: (a, b) => (a.lastBackupAt ?? '').localeCompare(b.lastBackupAt ?? '', 'en'),
  state: (a, b) => urgencyOf(a) - urgencyOf(b),
  size: (a, b) => a.sizeBytes - b.sizeBytes,
  disks: (a, b) => a.diskCount - b.diskCount,
  appliance: (a, b) => compare(a.applianceName, b.applianceName),
}

export function readSort(param: SortParam): { id: SortKey; desc: boolean } {
  const desc = param.startsWith('-')
  return { id: (desc ? param.slice(1) : param) as SortKey, desc }
}

export const writeSort = ({ id, desc }: { id: string; desc: boolean }) => (desc ? `-${id}` : id) as SortParam
