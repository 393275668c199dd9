'use client'

import { useQuery } from '@tanstack/react-query'
import { JobTable } from '#components/backups/job-table.tsx'
import { Bytes } from '#components/format/byte-count.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Card, Empty, PageHeader, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { Status } from '#components/ui/status.tsx'
import { type Column, Table } from '#components/ui/table.tsx'
import type { VmView } from '#contracts/views.ts'
import { BackUpNow } from './back-up-now.tsx'
import { RestorePoints } from './restore-points.tsx'

const disks: readonly Column<VmView['disks'][number]>[] = [
  { head: 'Disk key', cell: ({ key }) => <span className="font-mono">{key}</span> },
  { head: 'Label', cell: ({ label }) => label },
  { head: 'Size', numeric: true, cell: ({ sizeBytes }) => <Bytes value={sizeBytes} /> },
]

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
            {vm.source} ({vm.sourceKind}), by appliance {vm.applianceName}
          </>
        }
      />
      {vm.missing && (
        <p className="mb-5">
          <Status tone="warn" label="Gone from its source" /> It was not in the last inventory. Its restore points stay.
        </p>
      )}
      {vm.applianceState !== 'online' && (
        <p className="mb-5">
          <Status tone="warn" label={`Appliance ${vm.applianceName} is ${vm.applianceState}`} /> A backup needs it
          online.
        </p>
      )}
      <Section title="Back up">
        <Card>
          <BackUpNow vm={vm} />
        </Card>
      </Section>
      <Section title="Disks">
        <Table caption={`Disks of ${vm.name}`} columns={disks} rows={vm.disks} rowKey={({ key }) => String(key)} />
      </Section>
      <Section title="Restore points">
        <RestorePoints backups={vm.backups} />
      </Section>
      <Section title="Backups asked for">
        {vm.jobs.length === 0 ? (
          <Empty>None yet.</Empty>
        ) : (
          <JobTable jobs={vm.jobs} caption={`Backups of ${vm.name}`} />
        )}
      </Section>
    </>
  )
}
