'use client'

import { useQuery } from '@tanstack/react-query'
import { percentOf } from '#components/format/bytes.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { isTerminal } from '#contracts/job.ts'
import type { JobSummary, JobView } from '#contracts/views.ts'
import { JobStatus } from './job-status.tsx'
import { amounts } from './words.ts'

/** Whole percents, so that a row is not drawn again for less. */
const percentOfJob = (view: JobView): number | null => {
  const { read, data } = amounts(view)
  return view.state === 'copying' && read !== null && data !== null ? percentOf(read, data) : null
}

/** A job's state in a list; with how far it is while it copies. */
export function LiveJobStatus({ job }: { job: JobSummary }) {
  return isTerminal(job.state) ? <JobStatus job={job} /> : <Running job={job} />
}

function Running({ job }: { job: JobSummary }) {
  const api = useTRPC()
  const { data: percent = null } = useQuery(api.backups.get.queryOptions({ id: job.id }, { select: percentOfJob }))
  return (
    <span className="inline-flex items-center gap-2">
      <JobStatus job={job} />
      {percent !== null && <span className="min-w-[5ch] text-end text-muted">{percent} %</span>}
    </span>
  )
}
