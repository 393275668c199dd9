'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { formatRate } from '#components/format/bytes.ts'
import { formatDuration } from '#components/format/duration.ts'
import { Elapsed, Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Card, Code, Facts, PageHeader, Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { isTerminal } from '#contracts/job.ts'
import type { JobView } from '#contracts/views.ts'
import { DiskCard } from './disk-card.tsx'
import { EventList } from './event-list.tsx'
import { JobStatus } from './job-table.tsx'
import { ProofTable } from './proof-table.tsx'
import { jobSentence } from './words.ts'

/** A backup while it runs, and its record afterwards: one page. */
export function BackupPage({ id }: { id: string }) {
  const api = useTRPC()
  const query = useQuery(api.backups.get.queryOptions({ id }))
  return <Loaded query={query}>{(job) => <Backup job={job} />}</Loaded>
}

function Backup({ job }: { job: JobView }) {
  const ended = isTerminal(job.state)
  return (
    <div data-testid="backup" data-state={job.state} data-cursor={job.cursor}>
      <PageHeader
        title={
          <>
            Backup of <Link href={`/vms/${job.vmId}`}>{job.vmName}</Link>
          </>
        }
        lead={<Code>{job.backupId}</Code>}
        actions={!ended && <CancelButton job={job} />}
      />
      {job.problem && <ProblemPanel problem={job.problem} title="This backup failed" />}
      <Section title="State">
        <Card>
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1" role="status" data-testid="job-state">
            <JobStatus job={job} />
            <span data-testid="job-sentence">{jobSentence(job)}</span>
          </div>
          <JobFacts job={job} ended={ended} />
        </Card>
      </Section>
      <Section title="Disks">
        <div className="grid gap-3">
          {job.disks.map((disk) => (
            <DiskCard key={disk.key} disk={disk} ended={ended} />
          ))}
        </div>
      </Section>
      <ProofTable job={job} />
      <EventList jobId={job.id} />
    </div>
  )
}

const elapsed = (from: string, to: string | null) => <Elapsed from={from} to={to} />

function JobFacts({ job, ended }: { job: JobView; ended: boolean }) {
  const always = {
    Kind: 'Full: every disk, whole',
    Repository: job.repositoryName,
    Appliance: job.applianceName,
    'Asked for': <Time at={job.createdAt} />,
  }
  const took = job.startedAt === null ? {} : { [ended ? 'Took' : 'Runs for']: elapsed(job.startedAt, job.finishedAt) }
  const figures = ended
    ? {}
    : {
        Rate: formatRate(job.bytesPerSecond),
        'Time left': job.etaSeconds === null ? 'Not known yet' : formatDuration(job.etaSeconds),
      }
  return (
    <div className="mt-4">
      <Facts items={{ ...always, ...took, ...figures }} />
    </div>
  )
}

function CancelButton({ job }: { job: JobView }) {
  const api = useTRPC()
  const cancel = useMutation(api.backups.cancel.mutationOptions())
  const asked = job.cancelRequested || cancel.isPending || cancel.isSuccess
  return (
    <div className="flex flex-col items-end gap-2">
      <ConfirmButton
        label={asked ? 'Cancelling…' : 'Cancel backup'}
        question="Cancel this backup?"
        yes="Yes, cancel it"
        no="No, go on"
        busy={asked}
        onConfirm={() => cancel.mutate({ id: job.id })}
      />
      {cancel.error && <p className="text-bad">{problemOf(cancel.error).happened}</p>}
    </div>
  )
}
