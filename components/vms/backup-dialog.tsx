'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { Ban, HardDriveUpload, TriangleAlert } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useState } from 'react'
import { backupPath } from '#components/backups/job-table.tsx'
import { Bytes } from '#components/format/byte-count.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button, buttonClass } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { SelectField } from '#components/ui/field.tsx'
import { Facts } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { RepositoryView, VmView } from '#contracts/views.ts'
import { formatBytes } from '#lib/format/bytes.ts'
import { planSentence, refusal, runningJob, spaceNote } from './backup-plan.ts'

const asked = parseAsStringLiteral(['1'])

/** The button and its dialog, which `?backup=1` opens, too. */
export function BackUpNow({ vm }: { vm: VmView }) {
  const [open, setOpen] = useQueryState('backup', asked)
  return (
    <>
      <Button
        rule="backup"
        look="primary"
        icon={<HardDriveUpload aria-hidden="true" />}
        onClick={() => void setOpen('1')}
      >
        Back up now
      </Button>
      <Dialog
        rule="backup"
        open={open !== null}
        onOpenChange={(next) => void setOpen(next ? '1' : null)}
        title={
          <>
            Back up <bdi>{vm.name}</bdi>
          </>
        }
      >
        <Plan vm={vm} onClose={() => void setOpen(null)} />
      </Dialog>
    </>
  )
}

function Plan({ vm, onClose }: { vm: VmView; onClose: () => void }) {
  const api = useTRPC()
  const router = useRouter()
  const { data: repositories } = useQuery(api.repositories.list.queryOptions())
  const [chosen, setChosen] = useState<string | null>(null)
  const start = useMutation(api.backups.start.mutationOptions({ onSuccess: (job) => router.push(backupPath(job)) }))
  if (repositories === undefined) return <p role="status">Reading the repositories…</p>
  const repository = repositories.find(({ id }) => id === chosen) ?? bestOf(repositories, vm.jobs[0]?.repositoryId)
  // While it starts, its own first event must not look like a reason against it.
  const busy = start.isPending || start.isSuccess
  const reason = busy ? null : refusal(vm, repository)
  return (
    <>
      {start.error && <ProblemPanel problem={problemOf(start.error)} title="Not started" />}
      {repository && (
        <>
          <SelectField
            name="repository"
            label="Into repository"
            value={repository.id}
            // The first thing to decide; else the focus, and a tooltip, would be on the cross.
            autoFocus
            disabled={busy}
            onChange={(event) => setChosen(event.target.value)}
          >
            {repositories.map((each) => (
              <option key={each.id} value={each.id}>
                {optionWords(each)}
              </option>
            ))}
          </SelectField>
          <Facts
            items={{
              Type: 'Full: every disk whole, needing no earlier backup',
              Disks: (
                <>
                  {vm.diskCount}, <Bytes value={vm.sizeBytes} /> in all
                </>
              ),
              Free: <Bytes value={repository.freeBytes} />,
              Appliance: `${vm.applianceName}, ${vm.applianceState}`,
            }}
          />
          {reason === null && <p className="mt-4">{planSentence(vm, repository)}</p>}
          {reason === null && <Space text={spaceNote(vm, repository)} />}
        </>
      )}
      {reason !== null && <Reason vm={vm} text={reason} noRepository={repository === null} />}
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
        <Button
          look="primary"
          busy={busy}
          disabled={reason !== null}
          aria-describedby={reason === null ? undefined : 'backup-reason'}
          onClick={() => repository && start.mutate({ vmId: vm.id, repositoryId: repository.id, type: 'full' })}
        >
          {busy ? 'Starting…' : 'Start backup'}
        </Button>
      </DialogActions>
    </>
  )
}

/** Where the machine went last time, then the one with the most room; one with a problem only when there is no other. */
function bestOf(repositories: readonly RepositoryView[], last: string | undefined): RepositoryView | null {
  const rank = ({ id, freeBytes }: RepositoryView) => (id === last ? Number.POSITIVE_INFINITY : (freeBytes ?? -1))
  const byRoom = repositories.toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1))
  return byRoom.find(({ problem }) => problem === null) ?? byRoom[0] ?? null
}

function optionWords({ name, freeBytes, problem }: RepositoryView): string {
  if (problem) return `${name} (has a problem)`
  return freeBytes === null ? name : `${name} (${formatBytes(freeBytes)} free)`
}

function Space({ text }: { text: string | null }) {
  if (text === null) return null
  return (
    <p className="mt-2 flex gap-2 text-warn">
      <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      {text}
    </p>
  )
}

function Reason({ vm, text, noRepository }: { vm: VmView; text: string; noRepository: boolean }) {
  const running = runningJob(vm)
  return (
    <div className="mt-4 flex items-start gap-2 rounded-md bg-warn-soft p-3" data-testid="backup-refusal">
      <Ban className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
      <div className="min-w-0">
        <p id="backup-reason" className="break-words">
          {text}
        </p>
        {running && (
          <Link href={backupPath(running)} className="break-all font-mono text-code">
            {running.backupId}
          </Link>
        )}
        {noRepository && (
          <Link data-plain className={`${buttonClass()} mt-2`} href="/repositories?add=1">
            Add a repository
          </Link>
        )}
      </div>
    </div>
  )
}
