import { Bytes } from '#components/format/byte-count.tsx'
import type { Growth } from './model.ts'

function Swatch({ look }: { look: 'main' | 'thin' | 'target' }) {
  const looks = { main: 'stroke-accent', thin: 'stroke-muted', target: 'stroke-text' }
  const dashes = { main: undefined, thin: '5 3', target: '2 4' }
  return (
    <svg width="18" height="8" aria-hidden="true" className="shrink-0">
      <line
        x1="0"
        x2="18"
        y1="4"
        y2="4"
        strokeWidth={look === 'main' ? 2.5 : 1.5}
        strokeDasharray={dashes[look]}
        className={looks[look]}
      />
    </svg>
  )
}

/** What each line is, and its value at the moment the crosshair stands at (the newest without one). */
export function Legend({ growth, index }: { growth: Growth; index: number }) {
  const { target } = growth
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs">
      {growth.series.map(({ name, values, main }) => (
        <li key={name} className="flex items-center gap-1.5">
          <Swatch look={main ? 'main' : 'thin'} />
          <span className="text-muted">{name}</span>
          <span className="min-w-[7ch]">
            <Bytes value={values[index] ?? null} />
          </span>
        </li>
      ))}
      {target && (
        <li className="flex items-center gap-1.5">
          <Swatch look="target" />
          <span className="text-muted">{target.name}</span>
          <Bytes value={target.value} />
        </li>
      )}
    </ul>
  )
}
