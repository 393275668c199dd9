import { memo } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { Card, Facts, Section } from '#components/ui/layout.tsx'
import { Status } from '#components/ui/status.tsx'
import { type Column, Table } from '#components/ui/table.tsx'
import type { JobDiskView, Proof } from '#contracts/views.ts'
import { DiskState } from './disk-state.tsx'

type Proved = JobDiskView & { proof: Proof; ended: boolean }

const yes = (ok: boolean, label: string, otherwise: string) =>
  ok ? <Status tone="ok" label={label} /> : <Status tone="warn" label={otherwise} />

const columns: readonly Column<Proved>[] = [
  { head: 'Copier', cell: ({ proof }) => <Status tone="ok" label={`Exit ${proof.copierExit} after its flush`} /> },
  {
    head: 'Export process',
    cell: ({ proof }) => yes(proof.sameExportProcess, 'The same throughout', 'Restarted, compared again'),
  },
  { head: 'Image check', cell: ({ proof }) => yes(proof.checkClean, 'Clean', 'Not clean') },
  {
    head: 'State',
    cell: ({ stateFixedBy, stateNote, state, ended }) => (
      <span title={stateNote ?? undefined}>
        <DiskState fixedBy={stateFixedBy} settled={ended && state === 'proved'} />
      </span>
    ),
  },
  { head: 'Source data', numeric: true, cell: ({ proof }) => <Bytes value={proof.dataBytes} /> },
  { head: '= in the image', numeric: true, cell: ({ proof }) => <Bytes value={proof.accountedBytes} /> },
  { head: '+ zeros, read again', numeric: true, cell: ({ proof }) => <Bytes value={proof.verifiedZeroBytes} /> },
  { head: 'Size', numeric: true, cell: ({ proof }) => <Bytes value={proof.sizeBytes} /> },
  { head: 'At', cell: ({ proof }) => <Time at={proof.at} /> },
]

const diskColumn: Column<Proved> = { head: 'Disk', cell: ({ key }) => <span className="font-mono">{key}</span> }

/** A phone has no room for so many columns: a card for each disk. */
function ProofCards({ rows }: { rows: readonly Proved[] }) {
  return (
    <div className="grid gap-3 md:hidden">
      {rows.map((disk) => (
        <Card key={disk.key}>
          <p className="mb-2 font-semibold">
            Disk <span className="font-mono">{disk.key}</span>
          </p>
          <Facts items={Object.fromEntries(columns.map(({ head, cell }) => [head, cell(disk)]))} />
        </Card>
      ))}
    </div>
  )
}

const proved = (disk: JobDiskView, ended: boolean): Proved[] =>
  disk.proof === null ? [] : [{ ...disk, proof: disk.proof, ended }]

/** Why the backup may be called completed, disk by disk. */
export const ProofTable = memo(function ProofTable({
  disks,
  ended,
}: {
  disks: readonly JobDiskView[]
  /** The source was let go: how its state was fixed is settled. */
  ended: boolean
}) {
  const rows = disks.flatMap((disk) => proved(disk, ended))
  if (rows.length === 0) return null
  return (
    <Section title="Proof" lead="Why this may be called a backup: each of these was true of every disk.">
      <ProofCards rows={rows} />
      <div className="max-md:hidden">
        <Table
          caption="Proof of each disk"
          columns={[diskColumn, ...columns]}
          rows={rows}
          rowKey={({ key }) => String(key)}
          testId="proof"
        />
      </div>
      <details className="mt-2 text-muted">
        <summary className="w-fit rounded">What “proved” means</summary>
        <ul className="mt-2 grid max-w-prose list-disc gap-1 ps-5">
          <li>The copier ended well, after it had asked the image to be flushed to stable storage.</li>
          <li>The process that took the writes was never restarted, so nothing it held in memory is lost.</li>
          <li>The image’s own bookkeeping is sound, and its size is the source’s to the byte.</li>
          <li>
            Every piece of data that the source holds is in the image; what the copier left out as zeros was read again
            from the source, and is zeros.
          </li>
        </ul>
      </details>
    </Section>
  )
})
