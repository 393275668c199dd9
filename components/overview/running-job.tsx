'use client'

import { useQuery } from '@tanstack/react-query'
import { formatEta } from '#components/backups/eta.ts'
import { backupPath, JobStatus } from '#components/backups/job-table.tsx'
import { jobSentence } from '#components/backups/words.ts'
import { useLedger } from '#components/diagnosis/use-ledger.ts'
import { isBad, verdictWords } from '#components/diagnosis/words.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { Link } from '#components/ui/link.tsx'
import { Progress } from '#components/ui/progress.tsx'
import { Status } from '#components/ui/status.tsx'
import type { JobSummary, JobView } from '#contracts/views.ts'
import { formatPercent, formatRate, percentOf } from '#lib/format/bytes.ts'
import { pace } from './pace.ts'

/** A job that runs: what it does now in words, how far it is, how fast, how long still. */
export function RunningJob({ job }: { job: JobSummary }) {
  const api = useTRPC()
  const { data: view } = useQuery(api.backups.get.queryOptions({ id: job.id }))
  const ledger = useLedger(view)
  const title = `running-${job.id}`
  return (
    <div className="grid items-center gap-x-8 gap-y-2 px-4 py-3 md:grid-cols-[minmax(0,1fr)_minmax(14rem,22rem)]">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
          <Link
            id={title}
            href={backupPath(job)}
            title={job.vmName}
            className="line-clamp-2 min-w-0 font-medium [overflow-wrap:anywhere]"
          >
            {job.vmName}
          </Link>
          <JobStatus job={view ?? job} />
        </div>
        {ledger && isBad(ledger.verdict) ? (
          <p className="mt-0.5">
            <Status {...verdictWords[ledger.verdict.kind]} /> {ledger.verdict.sentence}
          </p>
        ) : (
          <p className="mt-0.5 flex flex-wrap gap-x-3 text-muted">
            {ledger && <Status {...verdictWords[ledger.verdict.kind]} />}
            <span>{view ? jobSentence(view) : `Into ${job.repositoryName}.`}</span>
          </p>
        )}
      </div>
      <Pace view={view} title={title} />
    </div>
  )
}

/** `about 4 min left`: no more exact than a forecast is. */
const left = (seconds: number) =>
  seconds === 0 ? 'done in a moment' : `${formatEta({ soonest: seconds, latest: seconds })} left`

/** The figures have their places before they are known, so that nothing jumps when they come. */
function Pace({ view, title }: { view: JobView | undefined; title: string }) {
  const known = view ? pace(view.disks) : null
  const percent = known ? percentOf(known.done, known.data) : null
  const moving = view !== undefined && view.bytesPerSecond > 0
  return (
    <div className="min-w-0">
      <Progress
        percent={percent}
        text={known ? `${formatPercent(known.done, known.data)} of the data` : 'Not known yet'}
        labelledBy={title}
      />
      <div className="mt-1 flex justify-between gap-3 text-muted text-xs tabular-nums">
        <span className="w-10">{percent === null ? '–' : `${percent} %`}</span>
        <span>{moving ? formatRate(view.bytesPerSecond) : '–'}</span>
        <span className="min-w-24 text-end">{moving && view.etaSeconds !== null ? left(view.etaSeconds) : '–'}</span>
      </div>
    </div>
  )
}
