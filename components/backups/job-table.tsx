import { Bytes } from '#components/format/byte-count.tsx'
import { Elapsed, Time } from '#components/format/time.tsx'
import { Link } from '#components/ui/link.tsx'
import { Status } from '#components/ui/status.tsx'
import { type Column, Table } from '#components/ui/table.tsx'
import type { JobSummary } from '#contracts/views.ts'
import { jobWords } from './words.ts'

export function JobStatus({ job }: { job: Pick<JobSummary, 'state'> }) {
  const { label, tone } = jobWords[job.state]
  return <Status label={label} tone={tone} />
}

export const backupPath = (job: Pick<JobSummary, 'backupId'>) => `/backups/${encodeURIComponent(job.backupId)}`

const columns: readonly Column<JobSummary>[] = [
  {
    head: 'Backup',
    cell: (job) => (
      <Link href={backupPath(job)} className="whitespace-nowrap font-mono text-code">
        {job.backupId}
      </Link>
    ),
  },
  { head: 'Status', cell: (job) => <JobStatus job={job} /> },
  { head: 'Virtual machine', cell: (job) => <Link href={`/vms/${job.vmId}`}>{job.vmName}</Link> },
  { head: 'Repository', cell: (job) => job.repositoryName },
  { head: 'Size', numeric: true, cell: (job) => <Bytes value={job.sizeBytes} /> },
  { head: 'Asked for', cell: (job) => <Time at={job.createdAt} /> },
  {
    head: 'Took',
    numeric: true,
    cell: (job) => (job.startedAt === null ? '–' : <Elapsed from={job.startedAt} to={job.finishedAt} />),
  },
]

/** Jobs, newest first: what runs and what has ended alike. */
export function JobTable({ jobs, caption }: { jobs: readonly JobSummary[]; caption: string }) {
  return <Table caption={caption} columns={columns} rows={jobs} rowKey={(job) => job.id} testId="jobs" />
}
