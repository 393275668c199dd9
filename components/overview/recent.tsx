import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { StandingStatus } from '#components/points/point-status.tsx'
import { Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { type Column, Table } from '#components/ui/table.tsx'
import type { OverviewView } from '#contracts/views.ts'

type Point = OverviewView['recent'][number]

const columns: readonly Column<Point>[] = [
  {
    head: 'Taken',
    cell: ({ id, takenAt }) => (
      <Link href={`/backups/${encodeURIComponent(id)}`}>
        <Time at={takenAt} />
      </Link>
    ),
  },
  {
    head: 'Virtual machine',
    cell: ({ vmId, vmName }) => (
      <Link href={`/vms/${vmId}`} title={vmName} className="line-clamp-2 [overflow-wrap:anywhere]">
        {vmName}
      </Link>
    ),
  },
  { head: 'State', cell: ({ standing }) => <StandingStatus standing={standing} /> },
  { head: 'Repository', from: 'sm', cell: ({ repositoryName }) => repositoryName },
  { head: 'Disk size', numeric: true, from: 'md', cell: ({ sizeBytes }) => <Bytes value={sizeBytes} /> },
  { head: 'Stored', numeric: true, cell: ({ allocatedBytes }) => <Bytes value={allocatedBytes} /> },
]

/** The newest restore points: the proof that something is kept. */
export function Recent({ points }: { points: readonly Point[] }) {
  if (points.length === 0) return null
  return (
    <Section title="Newest restore points" actions={<Link href="/backups">Backups</Link>}>
      <Table
        caption="The five newest restore points of all virtual machines"
        columns={columns}
        rows={points}
        rowKey={({ id }) => id}
        testId="recent-points"
      />
    </Section>
  )
}
