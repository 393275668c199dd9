'use client'

import { nearest } from '#components/charts/series.ts'
import { useHydrated } from '#components/format/hydrated.ts'
import { cx } from '#components/ui/cx.ts'
import type { Verdict } from '#contracts/diagnosis.ts'
import type { Moment } from '#contracts/replay.ts'
import { formatDuration, formatTime } from '#lib/format/duration.ts'
import { indexAfterKey, spansOf } from './timeline.ts'
import { verdictWords } from './words.ts'

const ribbon: Record<Verdict['kind'], string> = {
  healthy: 'bg-ok',
  nothing: 'bg-ok',
  expected: 'bg-line-strong',
  slow: 'bg-warn',
  stalled: 'bg-bad',
  dead: 'bg-bad',
  'cannot-tell': 'bg-unknown',
}

interface Props {
  moments: readonly Moment[]
  index: number
  onMove(index: number): void
}

/** The time of a job to drag through, under a ribbon of its verdicts. Time runs evenly, keys step from moment to moment. */
export function ReplaySlider({ moments, index, onMove }: Props) {
  const zone = useHydrated() ? 'local' : 'utc'
  const begin = moments[0]?.at ?? 0
  const length = Math.max(1, (moments.at(-1)?.at ?? begin) - begin)
  const moment = moments[index]
  const at = (moment?.at ?? begin) - begin
  const { kind, sentence } = moment?.ledger.verdict ?? { kind: 'healthy', sentence: '' }
  return (
    <div className="relative">
      <div className="relative mx-2 h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        {spansOf(moments).map((span) => (
          <span
            key={span.index}
            title={verdictWords[span.kind].label}
            className={cx('absolute inset-y-0', ribbon[span.kind])}
            style={{
              insetInlineStart: `${((span.from - begin) / length) * 100}%`,
              // A short trouble in a long job is still to be seen.
              width: `max(2px, ${((span.to - span.from) / length) * 100}%)`,
            }}
          />
        ))}
      </div>
      <input
        type="range"
        className="mt-1 block w-full accent-accent"
        aria-label="Moment of the backup"
        aria-valuetext={`${formatDuration(at / 1000)} after it began, ${formatTime(new Date(begin + at).toISOString(), zone)}: ${verdictWords[kind].label}. ${sentence}`}
        min={0}
        max={length}
        step="any"
        value={at}
        onChange={(event) => {
          const times = moments.map((each) => each.at)
          onMove(nearest(times, begin + Number(event.target.value)))
        }}
        onKeyDown={(event) => {
          const next = indexAfterKey(event.key, index, moments.length)
          if (next === null) return
          event.preventDefault()
          onMove(next)
        }}
      />
    </div>
  )
}
