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
  { head: 'Hashed at the source', numeric: true, cell: ({ proof }) => <Bytes value={proof.hashedBytes} /> },
  { head: 'Blocks read back', numeric: true, cell: ({ proof }) => proof.readBackLeaves.toLocaleString('en') },
  { head: 'Differ', numeric: true, cell: ({ proof }) => <Status tone="ok" label={String(proof.differing)} /> },
  { head: 'Read as zeros', numeric: true, cell: ({ proof }) => <Bytes value={proof.zeroBytes} /> },
  { head: 'Holes, not read', numeric: true, cell: ({ proof }) => <Bytes value={proof.holeBytes} /> },
  {
    head: 'Read from',
    cell: ({ proof }) => yes(proof.pastPageCache, 'The medium', 'The page cache'),
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
  { head: 'Read back at', cell: ({ proof }) => <Time at={proof.at} /> },
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
          <li>Each block of 64 KiB was hashed at the source, from the memory it was read into, before it was sent.</li>
          <li>
            After the copy the image was closed and every block was read back, past the page cache, by a reader that
            shares no code with QEMU. Each has the digest it had at the source.
          </li>
          <li>What the source itself calls holes was not read; the image reads as zeros there.</li>
          <li>The image’s own bookkeeping is sound, and its size is the source’s to the byte.</li>
        </ul>
      </details>
    </Section>
  )
})
