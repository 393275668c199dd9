'use client'

import { skipToken, useQuery } from '@tanstack/react-query'
import { copiedKey } from '#components/live/copied.ts'
import { isTerminal } from '#contracts/job-states.ts'
import type { JobSummary } from '#contracts/views.ts'
import { JobStatus } from './job-status.tsx'

/** A job's state in a list; with how far it is while it copies. */
export function LiveJobStatus({ job }: { job: JobSummary }) {
  return isTerminal(job.state) ? <JobStatus job={job} /> : <Running job={job} />
}

/** The figure comes with the stream, within a second: asking for fifty jobs, one by one, would hold the page up. */
function Running({ job }: { job: JobSummary }) {
  const { data: percent = null } = useQuery<number | null>({ queryKey: copiedKey(job.id), queryFn: skipToken })
  return (
    <span className="inline-flex items-center gap-2">
      <JobStatus job={job} />
      {job.state === 'copying' && (
        <span className="min-w-[5ch] text-end text-muted">{percent === null ? '' : `${percent} %`}</span>
      )}
    </span>
  )
}
