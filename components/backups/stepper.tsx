'use client'

import { useQuery } from '@tanstack/react-query'
import { Check, Circle, CircleX, LoaderCircle, type LucideIcon, TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import { Elapsed } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { cx } from '#components/ui/cx.ts'
import type { HubEvent } from '#contracts/events.ts'
import type { JobView } from '#contracts/views.ts'
import { type Stage, stagesOf } from './phases.ts'

const none: HubEvent[] = []

/** The stages of the backup, how long each took, and where it is. */
export function Stepper({ job }: { job: JobView }) {
  const api = useTRPC()
  const { data: log = none } = useQuery(api.backups.events.queryOptions({ jobId: job.id }))
  const { state, createdAt, startedAt, finishedAt } = job
  return <Stages {...{ state, createdAt, startedAt, finishedAt, log }} />
}

/** Apart, so that figures do not draw it again. */
const Stages = memo(function Stages({ log, ...job }: Parameters<typeof stagesOf>[0] & { log: HubEvent[] }) {
  return (
    <ol aria-label="Stages" className="mt-5 grid gap-x-2 max-md:gap-y-1 md:grid-cols-7" data-testid="stages">
      {stagesOf(job, log).map((stage) => (
        <StageItem key={stage.name} stage={stage} />
      ))}
    </ol>
  )
})

const looks: Record<Stage['state'], { icon: LucideIcon; text: string; bar: string; word: string }> = {
  done: { icon: Check, text: 'text-ok', bar: 'bg-ok', word: 'done' },
  now: { icon: LoaderCircle, text: 'text-accent', bar: 'bg-accent', word: 'now' },
  failed: { icon: CircleX, text: 'text-bad', bar: 'bg-bad', word: 'failed here' },
  cancelled: { icon: TriangleAlert, text: 'text-warn', bar: 'bg-warn', word: 'cancelled here' },
  ahead: { icon: Circle, text: 'text-muted', bar: 'bg-line', word: 'not begun' },
}

function StageItem({ stage }: { stage: Stage }) {
  const { icon: Icon, text, bar, word } = looks[stage.state]
  const { from, to, state } = stage
  return (
    <li
      aria-current={state === 'now' ? 'step' : undefined}
      data-stage={stage.name}
      data-state={state}
      className="min-w-0 max-md:flex max-md:items-center max-md:justify-between max-md:gap-3"
    >
      <div className={cx('h-1 rounded-full max-md:hidden', bar)} />
      <div className="flex items-center gap-1.5 md:mt-2">
        <Icon
          className={cx('size-3.5 shrink-0', text, state === 'now' && 'spin')}
          strokeWidth={2.5}
          aria-hidden="true"
        />
        <span className={cx('truncate', state === 'ahead' ? 'text-muted' : 'font-medium')}>{stage.label}</span>
        <span className="sr-only">, {word}</span>
      </div>
      <div className="text-muted text-xs md:mt-0.5 md:ps-5">
        {from === null ? ' ' : <Elapsed from={from} to={to} />}
      </div>
    </li>
  )
}
