'use client'

import { ChartLine, Table2 } from 'lucide-react'
import { memo, type PointerEvent, useMemo, useState } from 'react'
import { Segmented } from '#components/ui/segmented.tsx'
import { formatBytes } from '#lib/format/bytes.ts'
import { formatDuration } from '#lib/format/duration.ts'
import { GrowthTable } from './growth-table.tsx'
import { Legend } from './legend.tsx'
import { CHART_HEIGHT, type Growth, MARGIN } from './model.ts'
import { Plot, scalesOf } from './plot.tsx'
import { nearest } from './series.ts'
import { useWidth } from './use-width.ts'

const icon = (name: string, Icon: typeof ChartLine) => (
  <span title={name}>
    <Icon className="size-3.5" aria-hidden="true" />
    <span className="sr-only">{name}</span>
  </span>
)
const views = [
  { value: 'chart', label: icon('Chart', ChartLine) },
  { value: 'table', label: icon('Table', Table2) },
] as const

interface ViewChoiceProps {
  label: string
  value: 'chart' | 'table'
  onChange: (value: 'chart' | 'table') => void
}

/** Apart, so that samples do not draw it again. */
const ViewChoice = memo(function ViewChoice(props: ViewChoiceProps) {
  return <Segmented {...props} options={views} />
})

/** A moment that something else shows too: the crosshair stands there, and moves it. */
export interface SharedMoment {
  /** Milliseconds since 1970; null: none is chosen. */
  at: number | null
  onAt(at: number): void
}

/** Bytes over time. Its height never changes; the numbers under the crosshair stand in the legend. */
export function GrowthChart(props: { growth: Growth; label: string; moment?: SharedMoment }) {
  const { growth, label, moment } = props
  const [view, setView] = useState<'chart' | 'table'>('chart')
  // The crosshair stands at a time, not at a place in the list: it stays where it is when samples come.
  const [own, setOwn] = useState<number | null>(null)
  const pointed = moment ? moment.at : own
  const point = (to: number | null) => {
    if (!moment) setOwn(to)
    else if (to !== null) moment.onAt(to)
  }
  const { at } = growth
  const index = pointed === null ? at.length - 1 : nearest(at, pointed)
  return (
    <figure aria-label={label}>
      <figcaption className="mb-1 flex min-h-8 items-center justify-between gap-x-3">
        <Legend growth={growth} index={index} />
        <span className="flex shrink-0">
          <ViewChoice label={`${label}: view`} value={view} onChange={setView} />
        </span>
      </figcaption>
      {at.length === 0 && <NoSamples />}
      {at.length > 0 && view === 'table' && <GrowthTable growth={growth} label={label} />}
      {at.length > 0 && view === 'chart' && (
        <Drawing growth={growth} label={label} index={index} pointed={pointed} onPoint={point} />
      )}
    </figure>
  )
}

function NoSamples() {
  return (
    <p
      className="flex items-center justify-center rounded-md border border-line border-dashed text-muted"
      style={{ height: CHART_HEIGHT }}
    >
      Nothing sampled yet.
    </p>
  )
}

interface DrawingProps {
  growth: Growth
  label: string
  index: number
  pointed: number | null
  onPoint: (at: number | null) => void
}

function Drawing({ growth, label, index, pointed, onPoint }: DrawingProps) {
  const [ref, width] = useWidth<HTMLDivElement>(520)
  const scales = useMemo(() => scalesOf(growth, width), [growth, width])
  const { at, series } = growth
  const seconds = ((at[index] ?? scales.begin) - scales.begin) / 1000
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left
    onPoint(at[nearest(at, scales.begin + scales.x.invert(x) * 1000)] ?? null)
  }
  const values = series.map(({ name, values: all }) => {
    const value = all[index] ?? null
    return `${name} ${value === null ? 'not measured' : formatBytes(value)}`
  })
  return (
    <div
      ref={ref}
      className="relative touch-pan-y rounded-md has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-accent"
      style={{ height: CHART_HEIGHT }}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => onPoint(null)}
    >
      <svg
        viewBox={`0 0 ${width} ${CHART_HEIGHT}`}
        className="absolute inset-0 size-full overflow-visible"
        aria-hidden="true"
      >
        <Plot growth={growth} scales={scales} width={width} />
        {pointed !== null && (
          <Crosshair growth={growth} index={index} scales={scales} seconds={seconds} width={width} />
        )}
      </svg>
      <input
        type="range"
        className="pointer-events-none absolute inset-0 size-full opacity-0"
        aria-label={`${label}: moment`}
        aria-valuetext={`After ${formatDuration(seconds)}: ${values.join(', ')}`}
        min={0}
        max={at.length - 1}
        value={index}
        onChange={(event) => onPoint(at[Number(event.target.value)] ?? null)}
        onBlur={() => onPoint(null)}
      />
    </div>
  )
}

interface CrosshairProps {
  growth: Growth
  index: number
  scales: ReturnType<typeof scalesOf>
  seconds: number
  width: number
}

function Crosshair({ growth, index, scales: { x, y }, seconds, width }: CrosshairProps) {
  const place = x(seconds)
  const right = place > width - 70
  return (
    <g>
      <line x1={place} x2={place} y1={MARGIN.top} y2={CHART_HEIGHT - MARGIN.bottom} className="stroke-line-strong" />
      {growth.series.map(({ name, values, main }) => {
        const value = values[index] ?? null
        return (
          value !== null && (
            <circle
              key={name}
              cx={place}
              cy={y(value)}
              r={3.5}
              strokeWidth={2}
              className={main ? 'fill-accent stroke-surface' : 'fill-muted stroke-surface'}
            />
          )
        )
      })}
      <text
        x={right ? place - 5 : place + 5}
        y={MARGIN.top + 9}
        textAnchor={right ? 'end' : 'start'}
        className="fill-text font-medium text-[11px]"
      >
        {formatDuration(seconds)}
      </text>
    </g>
  )
}
