'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { JobStatus } from '#components/backups/job-table.tsx'
import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Empty, PageHeader } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import { type Column, Table } from '#components/ui/table.tsx'
import type { VmSummary } from '#contracts/views.ts'

const columns: readonly Column<VmSummary>[] = [
  {
    head: 'Name',
    cell: (vm) => (
      <Link href={`/vms/${vm.id}`} className="break-words">
        {vm.name}
      </Link>
    ),
  },
  {
    head: 'Last backup',
    cell: (vm) => (vm.lastBackupAt === null ? <Status tone="warn" label="Never" /> : <Time at={vm.lastBackupAt} />),
  },
  { head: 'Newest job', cell: (vm) => (vm.lastJob === null ? '–' : <JobStatus job={vm.lastJob} />) },
  { head: 'Disks', numeric: true, cell: (vm) => vm.diskCount },
  { head: 'Size', numeric: true, cell: (vm) => <Bytes value={vm.sizeBytes} /> },
  { head: 'Appliance', cell: (vm) => vm.applianceName },
  {
    head: 'Source',
    cell: (vm) => (vm.missing ? <Status tone="warn" label={`Gone from ${vm.source}`} /> : vm.source),
  },
]

export function VmList() {
  const api = useTRPC()
  const query = useQuery(api.vms.list.queryOptions())
  return (
    <>
      <PageHeader title="Virtual machines" lead="As the appliances list them." actions={<Refresh />} />
      <Loaded query={query}>
        {(vms) =>
          vms.length === 0 ? (
            <Empty action={<Link href="/appliances">See the appliances</Link>}>
              No virtual machine is known yet: an appliance lists them once it is online.
            </Empty>
          ) : (
            <Table caption="Virtual machines" columns={columns} rows={vms} rowKey={(vm) => vm.id} testId="vms" />
          )
        }
      </Loaded>
    </>
  )
}

/** Asks every online appliance for its inventory. */
function Refresh() {
  const api = useTRPC()
  const { data: appliances = [] } = useQuery(api.appliances.list.queryOptions())
  const refresh = useMutation(api.vms.refresh.mutationOptions())
  const online = appliances.filter(({ state }) => state === 'online')
  const all = async () => {
    for (const { id } of online) await refresh.mutateAsync({ applianceId: id }).catch(() => undefined)
  }
  const problems = refresh.data?.problems ?? []
  return (
    <div className="flex flex-col items-end gap-2">
      <Button busy={refresh.isPending} disabled={online.length === 0} onClick={() => void all()}>
        {refresh.isPending ? 'Asking…' : 'Ask again'}
      </Button>
      {refresh.error && <ProblemPanel problem={problemOf(refresh.error)} title="Not refreshed" />}
      {problems.length > 0 && (
        <ul className="text-warn" role="status">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
