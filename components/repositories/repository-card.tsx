'use client'

import { useMutation } from '@tanstack/react-query'
import { RefreshCw, ScanSearch } from 'lucide-react'
import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { StandingList } from '#components/points/point-status.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Copyable } from '#components/ui/copy.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Card, Figure, Figures } from '#components/ui/layout.tsx'
import { ProbeLine } from '#components/ui/probe-result.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Gauge } from '#components/ui/progress.tsx'
import { Status } from '#components/ui/status.tsx'
import { useToast } from '#components/ui/toast.tsx'
import type { RepositoryView } from '#contracts/views.ts'
import { formatExactBytes, formatPercent } from '#lib/format/bytes.ts'
import { lookWords, repositoryState } from './state.ts'

/** One repository: how it is, how full, who uses it, what can be done. */
export function RepositoryCard({ repository }: { repository: RepositoryView }) {
  const api = useTRPC()
  const say = useToast()
  const probe = useMutation(api.repositories.probe.mutationOptions())
  const look = useMutation(api.repositories.look.mutationOptions())
  const remove = useMutation(
    api.repositories.remove.mutationOptions({
      onSuccess: () => say({ tone: 'ok', title: `${name} is forgotten`, detail: `Its files stay in ${path}.` }),
    }),
  )
  const { id, name, path, problem, checkedAt, jobCount } = repository
  const failed = probe.error ?? look.error ?? remove.error
  const kept = jobCount > 0 ? `${jobCount} ${jobCount === 1 ? 'job' : 'jobs'} on record: it cannot be forgotten.` : null
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h2 className="min-w-0 font-semibold text-base [overflow-wrap:anywhere]">{name}</h2>
            <Status {...repositoryState(repository)} pill />
          </div>
          <Copyable text={path} label="Copy the path" />
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <Button
            rule="probe"
            icon={<ScanSearch aria-hidden="true" />}
            busy={look.isPending}
            onClick={() => look.mutate({ id })}
          >
            {look.isPending ? 'Looking…' : 'Look now'}
          </Button>
          <Button
            rule="probe"
            icon={<RefreshCw aria-hidden="true" />}
            busy={probe.isPending}
            onClick={() => probe.mutate({ id })}
          >
            {probe.isPending ? 'Checking…' : 'Check again'}
          </Button>
          <ConfirmButton
            rule="manage"
            label="Forget"
            question={`Forget ${name}?`}
            consequence={`The hub no longer lists it. Its files stay in ${path}, and it can be added again.`}
            yes="Yes, forget it"
            no="No"
            disabled={kept !== null}
            busy={remove.isPending}
            onConfirm={() => remove.mutate({ id })}
          />
        </div>
      </div>
      {problem && (
        <div className="mt-3 [&>*]:mb-0">
          <ProblemPanel problem={problem} title={repositoryState(repository).label} />
        </div>
      )}
      {failed && (
        <div className="mt-3 [&>*]:mb-0">
          <ProblemPanel problem={problemOf(failed)} title="Refused" />
        </div>
      )}
      <Capacity repository={repository} />
      <div className="mt-4">
        <Figures>
          <Figure name="Restore points">
            <StandingList counts={repository.points} />
          </Figure>
          <Figure name="Virtual machines">{repository.vmCount}</Figure>
          <Figure name="Last looked at">
            {repository.lookedAt === null ? 'Never' : <Time at={repository.lookedAt} />}
          </Figure>
          <Figure name="Last checked">{checkedAt === null ? 'Never' : <Time at={checkedAt} />}</Figure>
        </Figures>
      </div>
      {look.data && (
        <p role="status" className="mt-3 text-muted">
          {lookWords(look.data)}
        </p>
      )}
      {(probe.data || kept) && (
        <p className="mt-3 text-muted">{probe.data ? <ProbeLine result={probe.data} /> : kept}</p>
      )}
    </Card>
  )
}

function Capacity({ repository: { name, freeBytes, totalBytes, problem } }: { repository: RepositoryView }) {
  if (freeBytes === null || totalBytes === null) return <p className="mt-4 text-muted">Its size is not known yet.</p>
  const used = totalBytes - freeBytes
  const text = `${formatPercent(used, totalBytes)} used: ${formatExactBytes(freeBytes)} of ${formatExactBytes(totalBytes)} free`
  return (
    <div className="mt-4">
      <Gauge used={used} total={totalBytes} label={`Capacity of ${name}`} text={text} />
      <p className="mt-1.5 flex flex-wrap justify-between gap-x-6">
        <span>
          <Bytes value={used} /> used <span className="text-muted">({formatPercent(used, totalBytes)})</span>
        </span>
        <span>
          <Bytes value={freeBytes} /> free <span className="text-muted">of</span> <Bytes value={totalBytes} />
          {problem && <span className="text-muted">, when it was last well</span>}
        </span>
      </p>
    </div>
  )
}
