import { JobStatus } from '#components/backups/job-table.tsx'
import { Ago } from '#components/format/ago.tsx'
import { Bytes } from '#components/format/byte-count.tsx'
import { StandingStatus } from '#components/points/point-status.tsx'
import { cx } from '#components/ui/cx.ts'
import { Link } from '#components/ui/link.tsx'
import { Status } from '#components/ui/status.tsx'
import { isUsable } from '#contracts/standing.ts'
import type { VmSummary } from '#contracts/views.ts'
import { rowHeightClass } from './row-height.ts'
import { vmGrid } from './vm-columns.ts'

/** Name and state above, the rest below: a phone's row. On a desk the cells stand in the table's columns. */
const phone =
  'max-md:grid max-md:grid-cols-[6rem_5rem_minmax(0,1fr)_auto] max-md:content-center max-md:items-center max-md:gap-x-2 max-md:gap-y-0.5'

/**
 * One machine; on a phone the whole row is the link. `place` counts from 1 over all rows, because the page holds only a
 * window of them; `gap` is the room of the rows left out before it.
 */
export function VmRow(props: { vm: VmSummary; place: number; gap: number; now: number }) {
  const { vm, place, gap, now } = props
  return (
    <tr
      aria-rowindex={place}
      data-row={place}
      style={gap > 0 ? { marginTop: gap } : undefined}
      className={cx(
        'relative border-line border-b px-3 last:border-0 hover:bg-hover [&>td>span]:align-bottom [&>td]:min-w-0 [&>td]:truncate',
        phone,
        rowHeightClass,
        vmGrid,
      )}
    >
      <td className="flex items-center gap-2 max-md:col-span-3">
        <Link
          data-plain
          href={`/vms/${vm.id}`}
          title={vm.name}
          dir="auto"
          className="min-w-0 scroll-mt-24 scroll-mb-16 truncate font-medium hover:text-accent hover:underline focus-visible:-outline-offset-2 max-md:after:absolute max-md:after:inset-0"
        >
          {vm.name}
        </Link>
        {vm.missing && <Status tone="warn" label="Gone" />}
      </td>
      <td className="max-md:row-start-2">
        {vm.newestStanding === null || vm.newestPointAt === null ? (
          <Status tone="warn" label="No backup" />
        ) : isUsable(vm.newestStanding) ? (
          <span className="max-md:text-muted">
            <Ago at={vm.newestPointAt} now={now} />
          </span>
        ) : (
          <StandingStatus standing={vm.newestStanding} />
        )}
      </td>
      <td className="max-md:col-start-4 max-md:row-start-1">
        {vm.lastJob === null ? <span className="text-muted">–</span> : <JobStatus job={vm.lastJob} />}
      </td>
      <td className="text-end max-md:row-start-2 max-md:text-muted">
        <Bytes value={vm.sizeBytes} />
      </td>
      <td className="text-end max-md:hidden">{vm.diskCount}</td>
      <td title={vm.applianceName} className="max-md:col-span-2 max-md:row-start-2 max-md:text-end max-md:text-muted">
        {vm.applianceName}
      </td>
    </tr>
  )
}
