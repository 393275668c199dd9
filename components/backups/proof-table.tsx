import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { Section } from '#components/ui/layout.tsx'
import { Status } from '#components/ui/status.tsx'
import { type Column, Table } from '#components/ui/table.tsx'
import type { JobDiskView, JobView, Proof } from '#contracts/views.ts'

type Proved = JobDiskView & { proof: Proof }

const yes = (ok: boolean, label: string, otherwise: string) =>
  ok ? <Status tone="ok" label={label} /> : <Status tone="warn" label={otherwise} />

const columns: readonly Column<Proved>[] = [
  { head: 'Disk', cell: ({ key }) => <span className="font-mono">{key}</span> },
  { head: 'Copier', cell: ({ proof }) => <Status tone="ok" label={`Exit ${proof.copierExit} after its flush`} /> },
  {
    head: 'Export process',
    cell: ({ proof }) => yes(proof.sameExportProcess, 'The same throughout', 'Restarted, compared again'),
  },
  { head: 'Image check', cell: ({ proof }) => yes(proof.checkClean, 'Clean', 'Not clean') },
  { head: 'Size', numeric: true, cell: ({ proof }) => <Bytes value={proof.sizeBytes} /> },
  { head: 'Source data', numeric: true, cell: ({ proof }) => <Bytes value={proof.dataBytes} /> },
  { head: 'In the image', numeric: true, cell: ({ proof }) => <Bytes value={proof.accountedBytes} /> },
  { head: 'Zeros, read again', numeric: true, cell: ({ proof }) => <Bytes value={proof.verifiedZeroBytes} /> },
  { head: 'On disk', numeric: true, cell: ({ proof }) => <Bytes value={proof.allocatedBytes} /> },
  { head: 'At', cell: ({ proof }) => <Time at={proof.at} /> },
]

/** Why the backup may be called completed, disk by disk. */
export function ProofTable({ job }: { job: JobView }) {
  const rows = job.disks.filter((disk): disk is Proved => disk.proof !== null)
  if (rows.length === 0) return null
  return (
    <Section title="Proof">
      <Table
        caption="Proof of each disk"
        columns={columns}
        rows={rows}
        rowKey={({ key }) => String(key)}
        testId="proof"
      />
    </Section>
  )
}
