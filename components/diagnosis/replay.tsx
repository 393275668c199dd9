'use client'

import { useQuery } from '@tanstack/react-query'
import { jobWords } from '#components/backups/words.ts'
import { nearest } from '#components/charts/series.ts'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { Status } from '#components/ui/status.tsx'
import type { Moment } from '#contracts/replay.ts'
import { ledgerOf } from '#contracts/replay-ledger.ts'
import { formatDuration } from '#lib/format/duration.ts'
import { ClockNotice } from './clock-notice.tsx'
import { DiskPipelines } from './job-ledger.tsx'
import { ReplaySlider } from './replay-slider.tsx'
import { spansOf } from './timeline.ts'
import { hopNames, isBad, verdictWords } from './words.ts'

const MOST_TROUBLES = 6

interface Props {
  job: { id: string; applianceName: string; clockOffsetMs: number | null; finishedAt: string | null }
  /** The moment to show, in milliseconds since 1970; null: the last one at which a hop was measured. */
  at: number | null
  onAt(at: number): void
}

const isMeasured = ({ ledger }: Moment) => ledger.disks.some(({ hops }) => hops.some(([, bytes]) => bytes !== null))

/** Where each hop of an ended job stood, at any moment of it. Nothing when it was not measured. */
export function JobReplay({ job, at, onAt }: Props) {
  const api = useTRPC()
  const { data } = useQuery(api.backups.replay.queryOptions({ jobId: job.id }, { structuralSharing: false }))
  const moments = data?.moments ?? []
  const times = moments.map((each) => each.at)
  const measured = moments.findLastIndex(isMeasured)
  const last = measured === -1 ? moments.length - 1 : measured
  const index = at === null ? last : nearest(times, at)
  const moment = moments[index]
  if (!moment) return null
  const begin = times[0] ?? 0
  const move = (next: number) => onAt(times[next] ?? begin)
  return (
    <Section title="Replay" lead="Where the bytes were. Drag through the backup, or step with the arrow keys.">
      <ClockNotice job={job} />
      <Card className="grid gap-3">
        {/* What it waited for last is no news of a backup that has ended: it is shown to whoever drags there. */}
        {(at !== null || measured !== -1) && (
          <Standing moment={moment} begin={begin} endedAt={index === last ? job.finishedAt : null} />
        )}
        <ReplaySlider moments={moments} index={index} onMove={move} />
        <Troubles moments={moments} begin={begin} onMove={move} />
        {measured === -1 ? (
          <p className="text-muted">It was over before its hops could be measured, which happens once a second.</p>
        ) : (
          <DiskPipelines ledger={ledgerOf(moment.ledger)} past />
        )}
      </Card>
    </Section>
  )
}

/**
 * Time and verdict of the moment in words. The place for its evidence stays when there is none: nothing jumps while
 * dragging. @param endedAt  of the backup, at its last moment
 */
function Standing(props: { moment: Moment; begin: number; endedAt: string | null }) {
  const { moment, begin, endedAt } = props
  const { verdict } = moment.ledger
  return (
    <div className="min-h-16" data-testid="replay-moment" data-kind={verdict.kind} data-hop={verdict.hop ?? undefined}>
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="font-medium tabular-nums">{formatDuration((moment.at - begin) / 1000)}</span>
        <span className="text-muted">
          <Time at={new Date(moment.at).toISOString()} />, {jobWords[moment.state].label.toLowerCase()}
          {endedAt !== null && <LastFigures at={moment.at} endedAt={endedAt} />}
        </span>
      </p>
      <p className="mt-1 flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <Status {...verdictWords[verdict.kind]} />
        <span className="min-w-0 break-words">{verdict.sentence}</span>
      </p>
      {verdict.evidence && <p className="mt-0.5 break-words text-muted">Measured: {verdict.evidence.join('; ')}.</p>}
    </div>
  )
}

/** The last moment that was measured is not the end of the backup. */
function LastFigures({ at, endedAt }: { at: number; endedAt: string }) {
  const seconds = (Date.parse(endedAt) - at) / 1000
  return seconds < 1 ? '; the last figures' : `; the last figures, ${formatDuration(seconds)} before the backup ended`
}

/** The moments at which something began to be wrong, to jump to. */
function Troubles(props: { moments: readonly Moment[]; begin: number; onMove(index: number): void }) {
  const troubles = spansOf(props.moments).filter(isBad)
  if (troubles.length === 0) return null
  return (
    <div className="flex flex-wrap items-center gap-2">
      {troubles.slice(0, MOST_TROUBLES).map(({ kind, hop, from, index }) => (
        <Button key={index} onClick={() => props.onMove(index)}>
          <Status {...verdictWords[kind]} />
          {hop && <span>at the {hopNames[hop].label.toLowerCase()},</span>}
          <span className="text-muted tabular-nums">{formatDuration((from - props.begin) / 1000)}</span>
        </Button>
      ))}
      {troubles.length > MOST_TROUBLES && (
        <span className="text-muted">and {troubles.length - MOST_TROUBLES} more</span>
      )}
    </div>
  )
}
