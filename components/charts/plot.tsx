import { scaleLinear } from 'd3-scale'
import { area, line } from 'd3-shape'
import { memo, useMemo } from 'react'
import { formatMark } from '#lib/format/bytes.ts'
import { byteAxis, formatTick, growingEnd, timeTicks } from './domain.ts'
import { CHART_HEIGHT, type Growth, MARGIN } from './model.ts'
import { type Point, pointsOf } from './series.ts'

const bottom = CHART_HEIGHT - MARGIN.bottom

/** From values to pixels. Both axes end at round numbers, so that they stand still while figures grow. */
export function scalesOf(growth: Growth, width: number) {
  const begin = growth.at[0] ?? 0
  const length = ((growth.at.at(-1) ?? begin) - begin) / 1000
  const end = growth.ended ? Math.max(1, length) : growingEnd(length)
  const values = growth.series.flatMap((series) => series.values.filter((value) => value !== null))
  const largest = values.reduce((most, value) => Math.max(most, value), growth.target?.value ?? 0)
  const bytes = byteAxis(largest)
  return {
    begin,
    end,
    bytes,
    x: scaleLinear([0, end], [MARGIN.left, Math.max(MARGIN.left + 1, width - MARGIN.right)]),
    y: scaleLinear([0, bytes.end], [bottom, MARGIN.top]),
  }
}
export type Scales = ReturnType<typeof scalesOf>

function Axes({ scales: { x, y, end, bytes }, width }: { scales: Scales; width: number }) {
  return (
    <g className="fill-muted text-[11px]">
      {bytes.ticks.map((tick) => (
        <g key={tick}>
          <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} className="stroke-line" />
          <text x={MARGIN.left - 6} y={y(tick)} dy="0.32em" textAnchor="end">
            {formatMark(tick)}
          </text>
        </g>
      ))}
      {timeTicks(end).map((tick) => (
        <text key={tick} x={x(tick)} y={CHART_HEIGHT - 5} textAnchor={tick === 0 ? 'start' : 'middle'}>
          {x(tick) > width - 28 && tick !== 0 ? '' : formatTick(tick)}
        </text>
      ))}
    </g>
  )
}

/** The drawing: axes, the target, the lines. Redrawn when a sample comes, never when a pointer moves. */
export const Plot = memo(function Plot({ growth, scales, width }: { growth: Growth; scales: Scales; width: number }) {
  const { x, y, begin } = scales
  const lines = useMemo(() => {
    const path = line<Point>(
      (point) => x(point.x),
      (point) => y(point.y ?? 0),
    ).defined((point) => point.y !== null)
    const below = area<Point>(
      (point) => x(point.x),
      bottom,
      (point) => y(point.y ?? 0),
    ).defined((point) => point.y !== null)
    return growth.series.map((series) => {
      const points = pointsOf(growth.at, series.values, begin)
      return { ...series, path: path(points) ?? '', area: series.main ? (below(points) ?? '') : '' }
    })
  }, [growth, x, y, begin])
  const { target } = growth
  return (
    <>
      <Axes scales={scales} width={width} />
      {lines.map(({ name, area: shape }) => shape && <path key={name} d={shape} className="fill-accent opacity-10" />)}
      {target && (
        <line
          x1={MARGIN.left}
          x2={width - MARGIN.right}
          y1={y(target.value)}
          y2={y(target.value)}
          className="stroke-text"
          strokeDasharray="2 4"
        />
      )}
      {lines.map(({ name, path, main }) => (
        <path
          key={name}
          d={path}
          fill="none"
          strokeLinejoin="round"
          strokeLinecap="round"
          strokeWidth={main ? 2 : 1.5}
          strokeDasharray={main ? undefined : '5 3'}
          className={main ? 'stroke-accent' : 'stroke-muted'}
        />
      ))}
    </>
  )
})
