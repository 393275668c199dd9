'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { HardDriveDownload } from 'lucide-react'
import { memo, useMemo, useState } from 'react'
import { May } from '#components/access/who.tsx'
import type { SharedMoment } from '#components/charts/growth-chart.tsx'
import { JobPipelines, JobVerdict } from '#components/diagnosis/job-ledger.tsx'
import { JobReplay } from '#components/diagnosis/replay.tsx'
import { useLedger } from '#components/diagnosis/use-ledger.ts'
import { PointNotice } from '#components/points/point-notice.tsx'
import { PointStatus } from '#components/points/point-status.tsx'
import { SupportBundle } from '#components/support/support-dialog.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { buttonClass } from '#components/ui/button-class.ts'
import { Copyable } from '#components/ui/copy.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { PageHeader, Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { useToast } from '#components/ui/toast.tsx'
import { isBlind } from '#contracts/aged-ledger.ts'
import { isTerminal } from '#contracts/job-states.ts'
import type { JobView } from '#contracts/views.ts'
import { BackupSkeleton } from './backup-skeleton.tsx'
import { DiskGrid } from './disk-grid.tsx'
import { EventLog } from './event-log.tsx'
import { JobFacts } from './job-facts.tsx'
import { JobNow } from './job-now.tsx'
import { JobStatus } from './job-status.tsx'
import { ProofTable } from './proof-table.tsx'
import { jobWords } from './words.ts'

/** A backup while it runs, and its record afterwards: one page. */
export function BackupPage({ id }: { id: string }) {
  const api = useTRPC()
  const query = useQuery(api.backups.get.queryOptions({ id }))
  return (
    <Loaded query={query} skeleton={<BackupSkeleton />}>
      {(job) => <Backup job={job} />}
    </Loaded>
  )
}

function Backup({ job }: { job: JobView }) {
  const [at, setAt] = useState<number | null>(null)
  const moment = useMemo((): SharedMoment => ({ at, onAt: setAt }), [at])
  const ended = isTerminal(job.state)
  const ledger = useLedger(job)
  // Said by the verdict; what stands below it is of an earlier moment.
  const blind = ledger !== null && !ended && isBlind(ledger)
  return (
    <div data-testid="backup" data-state={job.state} data-cursor={job.cursor}>
      <PageHeader
        title={
          <>
            Backup of{' '}
            <Link href={`/vms/${job.vmId}`}>
              <bdi>{job.vmName}</bdi>
            </Link>
          </>
        }
        status={
          <>
            <span data-testid="job-state">
              <JobStatus job={job} pill />
            </span>
            {job.point && (
              <span className="ms-2" data-testid="point-standing">
                <PointStatus standing={job.point.standing} lookedAt={job.point.lookedAt} pill />
              </span>
            )}
          </>
        }
        lead={<Copyable text={job.backupId} label="Copy the backup’s id" />}
        actions={
          <>
            {job.state === 'completed' && <ServeLink vmId={job.vmId} backupId={job.backupId} />}
            <SupportBundle jobId={job.id} />
            {!isTerminal(job.state) && <CancelButton id={job.id} requested={job.cancelRequested} />}
          </>
        }
      />
      {/* Read out when the state changes, and only then: figures would never end. */}
      <p role="status" className="sr-only">
        {job.cancelRequested && !isTerminal(job.state) ? 'Cancelling' : jobWords[job.state].label}
      </p>
      {job.problem && (
        <ProblemPanel
          problem={job.problem}
          title={job.state === 'cancelled' ? 'This backup was cancelled' : 'This backup failed'}
          linked
        />
      )}
      {job.point && <PointNotice point={job.point} />}
      {ledger && !ended && <JobVerdict job={job} ledger={ledger} />}
      <JobNow job={job} blind={blind} />
      {ledger && job.state === 'copying' && <JobPipelines job={job} ledger={ledger} />}
      {ended && <JobReplay job={job} at={at} onAt={setAt} />}
      {job.disks.length > 0 && (
        <Section title={job.disks.length === 1 ? 'Disk' : `${job.disks.length} disks`}>
          <DiskGrid job={job} blind={blind} moment={ended ? moment : undefined} />
        </Section>
      )}
      <ProofTable disks={job.disks} ended={ended} />
      <JobFacts job={job} />
      <EventLog jobId={job.id} />
    </div>
  )
}

/** The way back to the data: a disk as it was then, read-only. */
const ServeLink = memo(function ServeLink({ vmId, backupId }: { vmId: string; backupId: string }) {
  return (
    <May rule="restore">
      <Link
        data-plain
        href={`/exports?${new URLSearchParams({ serve: '1', vm: vmId, point: backupId })}`}
        className={buttonClass()}
      >
        <HardDriveDownload aria-hidden="true" />
        Serve a disk
      </Link>
    </May>
  )
})

const CancelButton = memo(function CancelButton({ id, requested }: { id: string; requested: boolean }) {
  const api = useTRPC()
  const say = useToast()
  const cancel = useMutation(
    api.backups.cancel.mutationOptions({
      onError: (error) => say({ tone: 'bad', title: 'Not cancelled', detail: problemOf(error).happened }),
    }),
  )
  const asked = requested || cancel.isPending || cancel.isSuccess
  return (
    <ConfirmButton
      rule="backup"
      label={asked ? 'Cancelling…' : 'Cancel backup'}
      question="Cancel this backup?"
      consequence="What it has written so far is removed. Earlier restore points stay as they are."
      yes="Yes, cancel it"
      no="No, go on"
      busy={asked}
      onConfirm={() => cancel.mutate({ id })}
    />
  )
})
