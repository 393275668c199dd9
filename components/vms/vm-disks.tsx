'use client'

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field } from '#components/ui/field.tsx'
import { Section } from '#components/ui/layout.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import { type Column, Table } from '#components/ui/table.tsx'
import { ALLOW_UNKNOWN_DAYS, ALLOW_UNKNOWN_MAX_DAYS, ALLOW_UNKNOWN_REASON_LIMIT } from '#contracts/allow-unknown.ts'
import type { VmDiskView, VmView } from '#contracts/views.ts'

/** The disks of a machine, and for each whether it may be backed up although nobody knows whether it keeps its state. */
export function VmDisks({ vm }: { vm: VmView }) {
  const columns: readonly Column<VmDiskView>[] = [
    { head: 'Disk key', cell: ({ key }) => <span className="font-mono">{key}</span> },
    { head: 'Label', cell: ({ label }) => label },
    { head: 'Disk size', numeric: true, cell: ({ sizeBytes }) => <Bytes value={sizeBytes} /> },
    { head: 'Unknown state', cell: (disk) => <Allowance vmId={vm.id} disk={disk} /> },
  ]
  return (
    <Section
      title="Disks"
      lead="A disk of which nobody can say whether it keeps its state while it is copied is refused, unless you allow it here."
    >
      <Table caption={`Disks of ${vm.name}`} columns={columns} rows={vm.disks} rowKey={({ key }) => String(key)} />
    </Section>
  )
}

function Allowance({ vmId, disk }: { vmId: string; disk: VmDiskView }) {
  const api = useTRPC()
  const [open, setOpen] = useState(false)
  const set = useMutation(api.vms.allowUnknown.mutationOptions({ onSuccess: () => setOpen(false) }))
  const { key, allowUnknown } = disk
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1" data-testid={`allow-unknown-${key}`}>
      {allowUnknown === null ? (
        <span className="text-muted">Refused</span>
      ) : (
        <span className="min-w-0">
          <Status tone="warn" label="Allowed" /> until <Time at={allowUnknown.until} />
          <span className="block break-words text-muted">
            {allowUnknown.reason} <bdi>({allowUnknown.by ?? 'by somebody who is no more'})</bdi>
          </span>
        </span>
      )}
      {allowUnknown === null ? (
        <Button rule="backup" onClick={() => setOpen(true)}>
          Allow…
        </Button>
      ) : (
        <Button
          rule="backup"
          busy={set.isPending}
          onClick={() => set.mutate({ id: vmId, diskKey: key, allowUnknown: false })}
        >
          End
        </Button>
      )}
      <Dialog rule="backup" open={open} onOpenChange={setOpen} title={`Allow an unknown state of disk ${key}`}>
        <Form
          problem={set.error ? problemOf(set.error) : null}
          busy={set.isPending}
          onClose={() => setOpen(false)}
          onAllow={(answer) => set.mutate({ id: vmId, diskKey: key, allowUnknown: true, ...answer })}
        />
      </Dialog>
    </div>
  )
}

const DAY_MS = 24 * 3600_000
const dayAfter = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)

function Form(props: {
  problem: ReturnType<typeof problemOf> | null
  busy: boolean
  onClose: () => void
  onAllow: (answer: { reason: string; until: string }) => void
}) {
  const { problem, busy, onClose, onAllow } = props
  const [reason, setReason] = useState('')
  const [until, setUntil] = useState(() => dayAfter(ALLOW_UNKNOWN_DAYS))
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onAllow({ reason, until: new Date(`${until}T00:00:00Z`).toISOString() })
      }}
    >
      {problem && problem.field === undefined && <ProblemPanel problem={problem} title="Not allowed" />}
      <p className="mb-4 max-w-prose">
        First shut the machine down, or take a snapshot of the disk and point its source at that: then its state is
        known. If neither can be done, its backups mix moments. Each of them says so and counts apart.
      </p>
      <Field
        name="reason"
        label="Reason"
        required
        autoFocus
        maxLength={ALLOW_UNKNOWN_REASON_LIMIT}
        value={reason}
        problem={problem}
        onChange={(event) => setReason(event.target.value)}
      />
      <Field
        name="until"
        label="Until"
        hint="At most a year from now. From then on the disk is refused again."
        type="date"
        required
        min={dayAfter(1)}
        max={dayAfter(ALLOW_UNKNOWN_MAX_DAYS - 1)}
        value={until}
        problem={problem}
        onChange={(event) => setUntil(event.target.value)}
      />
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
        <Button type="submit" look="primary" busy={busy}>
          Allow
        </Button>
      </DialogActions>
    </form>
  )
}
