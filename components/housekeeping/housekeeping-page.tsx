'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { BrushCleaning, RefreshCw } from 'lucide-react'
import { Bytes } from '#components/format/byte-count.tsx'
import { Elapsed, Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Empty, Figure, Figures, PageHeader, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { Status } from '#components/ui/status.tsx'
import type { HousekeepingView } from '#contracts/housekeeping.ts'
import { formatBytes } from '#lib/format/bytes.ts'
import { ForeignList } from './foreign-list.tsx'
import { OrphanList } from './orphan-list.tsx'
import { OutcomeList } from './outcome-list.tsx'
import { summary } from './words.ts'

/** What is left over of what has ended, and the way to clean it. */
export function HousekeepingPage() {
  const api = useTRPC()
  const query = useQuery(api.housekeeping.survey.queryOptions())
  const clean = useMutation(api.housekeeping.clean.mutationOptions({ onSettled: () => query.refetch() }))
  const head = query.data ? summary(query.data) : null
  const chosen = clean.isPending ? (clean.variables.ids ?? 'all') : null
  return (
    <>
      <PageHeader
        title="Housekeeping"
        status={head && <Status tone={head.tone} label={head.label} pill />}
        lead="What backups that have ended left behind. The hub cleans it by itself; here you see it and can do it now."
        actions={
          <>
            <Button
              icon={<RefreshCw aria-hidden="true" />}
              busy={query.isFetching && !clean.isPending}
              onClick={() => void query.refetch()}
            >
              Look again
            </Button>
            {query.data && query.data.orphans.length > 0 && (
              <CleanAll
                view={query.data}
                busy={chosen === 'all'}
                off={clean.isPending}
                onClean={() => clean.mutate({})}
              />
            )}
          </>
        }
      />
      {clean.error && <ProblemPanel problem={problemOf(clean.error)} title="Not cleaned" />}
      <Loaded query={query} skeleton={<TableSkeleton what="what is left over" columns={5} rows={3} />}>
        {(view) => (
          <>
            <Rounds view={view} />
            {clean.data && clean.data.outcomes.length > 0 && <OutcomeList outcomes={clean.data.outcomes} />}
            <Section title="Left over">
              {view.orphans.length === 0 ? (
                <Empty icon={BrushCleaning}>
                  Nothing is left over{view.notSeen.length > 0 && ' where it could be looked'}. Last looked{' '}
                  <Time at={view.lookedAt} />.
                </Empty>
              ) : (
                <OrphanList orphans={view.orphans} cleaning={chosen} onClean={(id) => clean.mutate({ ids: [id] })} />
              )}
            </Section>
            <ForeignList foreign={view.foreign} notSeen={view.notSeen} />
          </>
        )}
      </Loaded>
    </>
  )
}

function CleanAll(props: { view: HousekeepingView; busy: boolean; off: boolean; onClean: () => void }) {
  const { orphans, foreign } = props.view
  const { bytes } = summary(props.view)
  const what =
    orphans.length === 1
      ? 'The one thing listed is cleaned as its line says.'
      : `All ${orphans.length} things listed are cleaned as their lines say.`
  const frees = bytes > 0 ? ` This frees ${formatBytes(bytes)}.` : ''
  const others = foreign.length > 0 ? ' What is listed as not ours is not touched.' : ''
  return (
    <ConfirmButton
      rule="manage"
      label={props.busy ? 'Cleaning…' : 'Clean all'}
      icon={<BrushCleaning aria-hidden="true" />}
      question="Clean everything that is left over?"
      consequence={`${what}${frees} Running backups, restore points and exports in use are not touched.${others}`}
      yes="Clean all"
      no="Not now"
      busy={props.busy}
      disabled={props.off}
      onConfirm={props.onClean}
    />
  )
}

/** When it was looked, and when it goes on by itself. */
function Rounds({ view }: { view: HousekeepingView }) {
  return (
    <div className="mb-6">
      <Figures>
        <Figure name="Last looked">
          <Elapsed from={view.lookedAt} to={null} /> ago
        </Figure>
        <Figure name="Cleaned by itself">{view.cleanedAt === null ? '–' : <Time at={view.cleanedAt} />}</Figure>
        <Figure name="Next time">{view.nextRunAt === null ? '–' : <Time at={view.nextRunAt} />}</Figure>
        <Figure name="Takes on disk">
          <Bytes value={summary(view).bytes} />
        </Figure>
      </Figures>
    </div>
  )
}
