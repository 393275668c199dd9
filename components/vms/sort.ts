import type { JobState } from '#contracts/job.ts'
import { isUsable } from '#contracts/standing.ts'
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
/** A newest restore point that does not count is worse than a backup that failed. */
const urgencyOf = ({ lastJob, newestStanding }: VmSummary) => {
  if (newestStanding !== null && !isUsable(newestStanding)) return -1
  return lastJob ? urgency[lastJob.state] : 10
}
const protectedAt = ({ newestStanding, newestPointAt }: VmSummary) =>
  isUsable(newestStanding) ? (newestPointAt ?? '') : ''

/** Ascending order of each column; a machine that is not protected is older than every backup. */
export const comparisons: Record<SortKey, (a: VmSummary, b: VmSummary) => number> = {
  name: (a, b) => compare(a.name, b.name),
  backup: (a, b) => protectedAt(a).localeCompare(protectedAt(b), 'en'),
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
