'use client'

import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { useHydrated } from '#components/format/hydrated.ts'
import { Time } from '#components/format/time.tsx'
import { StandingStatus } from '#components/points/point-status.tsx'
import { Link } from '#components/ui/link.tsx'
import { Status } from '#components/ui/status.tsx'
import { fixedByWords } from '#contracts/fixed-by.ts'
import { standingLabels } from '#contracts/standing.ts'
import type { VmTimeline } from '#contracts/views.ts'
import { formatBytes, formatMark } from '#lib/format/bytes.ts'
import { formatTime } from '#lib/format/duration.ts'
import { type Layout, layOut, nearest } from './timeline-layout.ts'

const HEIGHT = 168

const pathOf = (id: string) => `/backups/${encodeURIComponent(id)}`

/**
 * Restore points over time: a bar each, as high as the room it takes; failed backups as crosses on the base line. One
 * stop for the keyboard: arrows choose, Enter opens. What is chosen stands in words below.
 */
export function Timeline({ timeline }: { timeline: VmTimeline }) {
  const { points, failures } = timeline
  const router = useRouter()
  const hydrated = useHydrated()
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [chosenId, setChosenId] = useState<string | null>(null)
  const found = points.findIndex(({ id }) => id === chosenId)
  const chosen = found < 0 ? points.length - 1 : found
  const point = points[chosen]
  const layout = useMemo(
    () => (width === null ? null : layOut({ points, failures }, width, HEIGHT, 'local')),
    [points, failures, width],
  )
  const choose = (index: number) => setChosenId(points[index]?.id ?? null)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const to = event.key === 'Enter' ? null : targetOf(event.key, chosen, points.length)
    if (to === undefined) return
    event.preventDefault()
    if (to !== null) choose(to)
    else if (point) router.push(pathOf(point.id))
  }
  const pick = (clientX: number) => {
    const left = box.current?.getBoundingClientRect().left ?? 0
    if (layout) choose(nearest(layout.bars, clientX - left))
  }
  if (!point) return null
  return (
    <>
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label="Restore points by time"
        aria-valuemin={1}
        aria-valuemax={points.length}
        aria-valuenow={chosen + 1}
        aria-valuetext={`${formatTime(point.takenAt, hydrated ? 'local' : 'utc')}, full, ${formatBytes(point.storedBytes)} stored, ${standingLabels[point.standing].toLowerCase()}${point.stateUnknown ? ', state unknown' : ''}`}
        className="h-[168px] touch-pan-y rounded"
        onKeyDown={onKeyDown}
        onPointerMove={(event) => event.pointerType === 'mouse' && pick(event.clientX)}
        onPointerDown={(event) => pick(event.clientX)}
        data-testid="timeline"
      >
        {layout && width !== null && <Plot layout={layout} width={width} chosen={chosen} />}
      </div>
      <p className="mt-2 flex min-h-6 flex-wrap items-baseline gap-x-3 gap-y-1" data-testid="timeline-choice">
        <span className="font-medium">
          <Time at={point.takenAt} />
        </span>
        <span>
          Full, <Bytes value={point.storedBytes} /> stored in <bdi>{point.repositoryName}</bdi>
        </span>
        <StandingStatus standing={point.standing} />
        {point.stateUnknown && <Status tone="warn" label={fixedByWords.unknown} />}
        <Link href={pathOf(point.id)} className="break-all font-mono text-code">
          {point.id}
        </Link>
      </p>
    </>
  )
}

/** The bar a key leads to, as in every slider; undefined when the key means nothing here. */
function targetOf(key: string, chosen: number, count: number): number | undefined {
  const steps = new Map([
    ['ArrowLeft', -1],
    ['ArrowDown', -1],
    ['ArrowRight', 1],
    ['ArrowUp', 1],
    ['PageDown', -10],
    ['PageUp', 10],
    ['Home', -count],
    ['End', count],
  ])
  const step = steps.get(key)
  return step === undefined ? undefined : Math.min(count - 1, Math.max(0, chosen + step))
}

/** Pixels across; null until the browser has laid the page out. */
function useWidth(box: React.RefObject<HTMLElement | null>): number | null {
  const [width, setWidth] = useState<number | null>(null)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.round(entry.contentRect.width)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return width
}

function Plot({ layout, width, chosen }: { layout: Layout; width: number; chosen: number }) {
  const { bars, failures, times, sizes, base } = layout
  const thick = Math.max(1.5, Math.min(8, (width - 80) / Math.max(1, bars.length) - 2))
  return (
    <svg width={width} height={HEIGHT} className="block" aria-hidden="true">
      {sizes.map(({ y, bytes }) => (
        <g key={bytes}>
          <line x1={58} x2={width} y1={y} y2={y} className="stroke-line" />
          <text x={52} y={y + 4} textAnchor="end" className="fill-muted text-xs">
            {formatMark(bytes)}
          </text>
        </g>
      ))}
      {times.map(({ x, label }) => (
        <text key={x} x={x} y={HEIGHT - 4} textAnchor="middle" className="fill-muted text-xs">
          {label}
        </text>
      ))}
      {bars.map(({ id, x, y }, index) => (
        <rect
          key={id}
          x={x - thick / 2}
          y={y}
          width={thick}
          height={base - y}
          rx={Math.min(2, thick / 2)}
          className={index === chosen ? 'fill-accent' : 'fill-line-strong opacity-60'}
        />
      ))}
      {bars[chosen] && (
        <circle cx={bars[chosen].x} cy={bars[chosen].y} r={4.5} className="fill-accent stroke-2 stroke-surface" />
      )}
      {failures.map(({ backupId, x }) => (
        <path
          key={backupId}
          d={`M${x - 4},${base - 10}l8,8m0,-8l-8,8`}
          className="fill-transparent stroke-2 stroke-bad"
        />
      ))}
    </svg>
  )
}
