import { ChevronDown, ChevronRight } from 'lucide-react'
import { memo } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { cx } from '#components/ui/cx.ts'
import { Status } from '#components/ui/status.tsx'
import type { DiskLedger, HopView } from '#contracts/diagnosis.ts'
import { formatBytes, formatRate } from '#lib/format/bytes.ts'
import { formatDuration } from '#lib/format/duration.ts'
import { hopNames, hopState, processWords } from './words.ts'

/** Less than this waiting is headers and acknowledgements. */
const QUEUE_BYTES = 32_768

/** The five hops of one disk, in the order a byte takes them. @param past  of a moment that is over */
export function Pipeline({ disk, past = false }: { disk: DiskLedger; past?: boolean }) {
  const { kind, hop: guilty } = disk.verdict
  const blame = kind === 'stalled' || kind === 'dead' ? guilty : null
  const ways = (
    <ol
      aria-label={`The way of disk ${disk.key}'s bytes`}
      className="grid gap-1 md:grid-cols-[1fr_auto_1fr_auto_1fr_auto_1fr_auto_1fr]"
      data-testid={`pipeline-${disk.key}`}
    >
      {disk.hops.map((view, index) => (
        <HopItem
          key={view.hop}
          view={view}
          first={index === 0}
          past={past}
          guilty={view.hop === blame}
          limiting={blame === null && view.hop === disk.limiting}
        />
      ))}
    </ol>
  )
  if (disk.limiting !== 'limit' || blame !== null) return ways
  return (
    <>
      {ways}
      <p className="mt-1 text-accent text-xs" data-testid={`limited-${disk.key}`}>
        The rate limit of its appliance {past ? 'set' : 'sets'} the pace
      </p>
    </>
  )
}

const Arrow = memo(function Arrow() {
  return (
    <span className="flex items-center justify-center text-muted" aria-hidden="true">
      <ChevronRight className="size-4 max-md:hidden" />
      <ChevronDown className="size-4 md:hidden" />
    </span>
  )
})

function HopItem(props: { view: HopView; first: boolean; past: boolean; guilty: boolean; limiting: boolean }) {
  const { view, first, past, guilty, limiting } = props
  const { label, was, tone } = hopState(view, guilty)
  const doing = processWords(view)
  const { label: name, what } = hopNames[view.hop]
  return (
    <li className="contents" data-testid={`hop-${view.hop}`} data-motion={view.motion}>
      {!first && <Arrow />}
      <div
        className={cx(
          'min-w-0 rounded-md border p-2',
          guilty ? 'border-bad bg-bad-soft' : limiting ? 'border-accent' : 'border-line',
        )}
      >
        <p className="flex flex-wrap items-baseline justify-between gap-x-2">
          <span className="font-medium" title={what}>
            {name}
          </span>
          {limiting && !guilty && (
            <span className="text-accent text-xs">
              {past ? 'set the pace' : 'sets the pace'}
              {view.busy !== null && ` ${Math.round(view.busy * 100)} %`}
            </span>
          )}
        </p>
        <p className="mt-1">
          <Status tone={tone} label={past ? was : label} wrap />
        </p>
        <p className="mt-1 flex flex-wrap gap-x-2 text-muted text-xs">
          {limiting && view.hop === 'source' && view.bytes === null ? (
            // So it is known by the others that it sets the pace.
            <span>{past ? 'Nothing waited behind it' : 'Nothing waits behind it'}</span>
          ) : (
            <Bytes value={view.bytes} />
          )}
          {view.bytesPerSecond !== null && (
            // The smoothed rate of a hop that stopped takes a while to reach zero.
            <span>{formatRate(view.motion === 'still' ? 0 : view.bytesPerSecond)}</span>
          )}
          {view.stillSeconds !== null && (
            <span>
              {past ? 'had been still for' : 'still for'} {formatDuration(view.stillSeconds)}
            </span>
          )}
          {view.waiting !== null && view.waiting >= QUEUE_BYTES && <span>{formatBytes(view.waiting)} wait</span>}
          {doing && <span className="text-bad">{doing}</span>}
        </p>
      </div>
    </li>
  )
}
