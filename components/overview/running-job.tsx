'use client'

import { useQuery } from '@tanstack/react-query'
import { backupPath, JobStatus } from '#components/backups/job-table.tsx'
import { amounts, jobSentence } from '#components/backups/words.ts'
import { formatPercent, formatRate, percentOf } from '#components/format/bytes.ts'
import { formatDuration } from '#components/format/duration.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { Card } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Progress } from '#components/ui/progress.tsx'
import type { JobSummary } from '#contracts/views.ts'

/** A job that runs, in three lines. */
export function RunningJob({ job }: { job: JobSummary }) {
  const api = useTRPC()
  const { data: view } = useQuery(api.backups.get.queryOptions({ id: job.id }))
  const { read, data } = view ? amounts(view) : { read: null, data: null }
  const title = `running-${job.id}`
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Link id={title} href={backupPath(job)} className="font-semibold">
          {job.vmName}
        </Link>
        <JobStatus job={view ?? job} />
      </div>
      {view && <p className="mt-2">{jobSentence(view)}</p>}
      {read !== null && data !== null && (
        <div className="mt-2">
          <Progress percent={percentOf(read, data)} text={formatPercent(read, data)} labelledBy={title} />
        </div>
      )}
      {view && (
        <p className="mt-2 text-muted">
          {formatRate(view.bytesPerSecond)}
          {view.etaSeconds !== null && `, ${formatDuration(view.etaSeconds)} left`}
        </p>
      )}
    </Card>
  )
}
