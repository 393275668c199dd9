import { memo } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { Elapsed, Time } from '#components/format/time.tsx'
import { cx } from '#components/ui/cx.ts'
import { Link } from '#components/ui/link.tsx'
import type { JobSummary } from '#contracts/views.ts'
import { backupPath, JobStatus } from './job-status.tsx'
import { LiveJobStatus } from './live-job-status.tsx'

/** Where these have always been looked for. */
export { backupPath, JobStatus }

const VM = 'Virtual machine'
const heads = [
  { name: 'Backup', look: 'text-start' },
  { name: 'Status', look: 'text-start' },
  { name: VM, look: 'text-start' },
  { name: 'Repository', look: 'text-start max-lg:hidden' },
  { name: 'Disk size', look: 'text-end' },
  { name: 'Requested', look: 'text-start' },
  { name: 'Took', look: 'text-end max-lg:hidden' },
] as const

/** On a phone a row is two lines: the machine and how it is, then when and how much. */
const cell = 'sm:h-8 sm:px-3 sm:py-0 min-w-0'
const row =
  'border-line border-b last:border-0 hover:bg-hover max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:gap-y-0.5 max-sm:px-3 max-sm:py-2'

const JobRow = memo(function JobRow({ job, withoutVm }: { job: JobSummary; withoutVm: boolean }) {
  return (
    <tr className={row} data-job={job.id} data-state={job.state}>
      <td className={cx(cell, 'max-sm:truncate')}>
        <Link
          href={backupPath(job)}
          title={job.backupId}
          className="block truncate max-sm:font-medium sm:max-w-80 sm:font-mono sm:text-code"
        >
          <span className="max-sm:hidden">{job.backupId}</span>
          <bdi className="sm:hidden">{withoutVm ? job.backupId : job.vmName}</bdi>
        </Link>
      </td>
      <td className={cx(cell, 'max-sm:text-end')}>
        <LiveJobStatus job={job} />
      </td>
      <td className={cx(cell, 'max-sm:hidden', withoutVm && 'hidden')}>
        <Link href={`/vms/${job.vmId}`} title={job.vmName} className="block truncate sm:max-w-64">
          <bdi>{job.vmName}</bdi>
        </Link>
      </td>
      <td className={cx(cell, 'max-lg:hidden')}>
        <bdi className="block max-w-40 truncate" title={job.repositoryName}>
          {job.repositoryName}
        </bdi>
      </td>
      <td className={cx(cell, 'text-end max-sm:order-last max-sm:text-muted')}>
        <Bytes value={job.sizeBytes} />
      </td>
      <td className={cx(cell, 'whitespace-nowrap max-sm:text-muted')}>
        <Time at={job.createdAt} />
      </td>
      <td className={cx(cell, 'text-end max-lg:hidden')}>
        {job.startedAt === null ? '–' : <Elapsed from={job.startedAt} to={job.finishedAt} />}
      </td>
    </tr>
  )
})

/** Jobs, newest first: what runs and what has ended alike. A row is drawn again only when its own job changes. */
export function JobTable(props: {
  jobs: readonly JobSummary[]
  caption: string
  /** On the page of the one machine whose jobs these are. */
  withoutVm?: boolean
}) {
  const { jobs, caption, withoutVm = false } = props
  return (
    <section
      className="overflow-x-auto rounded-lg border border-line bg-surface"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
      aria-label={caption}
    >
      <table className="w-full max-sm:block" data-testid="jobs">
        <caption className="sr-only">{caption}</caption>
        <thead className="max-sm:sr-only">
          <tr className="border-line border-b bg-page">
            {heads.map(({ name, look }) => (
              <th
                key={name}
                scope="col"
                className={cx(
                  'h-8 whitespace-nowrap px-3 font-medium text-muted text-xs',
                  look,
                  withoutVm && name === VM && 'hidden',
                )}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} withoutVm={withoutVm} />
          ))}
        </tbody>
      </table>
    </section>
  )
}
