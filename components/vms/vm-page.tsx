'use client'

import { useQuery } from '@tanstack/react-query'
import { JobTable } from '#components/backups/job-table.tsx'
import { jobWords } from '#components/backups/words.ts'
import { VmCheckSection } from '#components/checks/vm-check.tsx'
import { Ago, useNow } from '#components/format/ago.tsx'
import { Bytes } from '#components/format/byte-count.tsx'
import { StandingStatus } from '#components/points/point-status.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Card, Empty, Figure, Figures, PageHeader, Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { Status } from '#components/ui/status.tsx'
import { isUsable } from '#contracts/standing.ts'
import type { VmView } from '#contracts/views.ts'
import { BackUpNow } from './backup-dialog.tsx'
import { RestorePoints } from './restore-points.tsx'
import { TimelineSection } from './timeline-section.tsx'
import { VmDisks } from './vm-disks.tsx'
import { VmNotices } from './vm-notices.tsx'

/** One machine: whether it is safe, its restore points, and the way to make another. */
export function VmPage({ id }: { id: string }) {
  const api = useTRPC()
  const query = useQuery(api.vms.get.queryOptions({ id }))
  return <Loaded query={query}>{(vm) => <Vm vm={vm} />}</Loaded>
}

function Vm({ vm }: { vm: VmView }) {
  return (
    <>
      <PageHeader
        title={vm.name}
        lead={
          <>
            In the source <bdi>{vm.source}</bdi> of appliance <bdi>{vm.applianceName}</bdi>
          </>
        }
        actions={<BackUpNow vm={vm} />}
      />
      <VmNotices vm={vm} />
      <Summary vm={vm} />
      <VmCheckSection vm={vm} />
      <TimelineSection vmId={vm.id} />
      <Section title="Restore points">
        <RestorePoints vmId={vm.id} total={vm.restorePoints.count} />
      </Section>
      <VmDisks vm={vm} />
      <Section title="Backup jobs" lead={vm.jobs.length >= 20 ? 'The newest 20.' : undefined}>
        {vm.jobs.length === 0 ? (
          <Empty>No backup has been started yet.</Empty>
        ) : (
          <JobTable withoutVm jobs={vm.jobs} caption={`Backups of ${vm.name}`} />
        )}
      </Section>
    </>
  )
}

function Summary({ vm }: { vm: VmView }) {
  const now = useNow()
  const { lastJob } = vm
  return (
    <Card className="mb-7">
      <Figures>
        <Figure name="Newest restore point">
          {vm.newestStanding === null || vm.newestPointAt === null ? (
            <Status tone="warn" label="No backup yet" />
          ) : (
            <span className="flex flex-wrap items-baseline gap-x-2">
              <Ago at={vm.newestPointAt} now={now} />
              <StandingStatus standing={vm.newestStanding} />
            </span>
          )}
        </Figure>
        {vm.newestStanding !== null && !isUsable(vm.newestStanding) && (
          <Figure name="Newest that counts">
            {vm.lastBackupAt === null ? <Status tone="bad" label="None" /> : <Ago at={vm.lastBackupAt} now={now} />}
          </Figure>
        )}
        <Figure name="Newest job">
          {lastJob === null ? (
            'None yet'
          ) : (
            <Link data-plain href={`/backups/${encodeURIComponent(lastJob.backupId)}`} className="hover:underline">
              <Status {...jobWords[lastJob.state]} />
            </Link>
          )}
        </Figure>
        <Figure name="Restore points">{vm.restorePoints.count}</Figure>
        <Figure name="Stored">
          <Bytes value={vm.restorePoints.storedBytes} />
        </Figure>
        <Figure name={vm.diskCount === 1 ? 'Disk size' : `Disk size, ${vm.diskCount} disks`}>
          <Bytes value={vm.sizeBytes} />
        </Figure>
      </Figures>
    </Card>
  )
}
