import * as Radix from '@radix-ui/react-progress'
import type { Tone } from './status.tsx'

const fills: Record<Tone, string> = {
  ok: 'fill-ok',
  warn: 'fill-warn',
  bad: 'fill-bad',
  unknown: 'fill-unknown',
  busy: 'fill-accent',
}

/** How far something is, in whole percents. `text` says it in words; null: nobody can say. */
export function Progress(props: { percent: number | null; text: string; labelledBy: string; tone?: Tone }) {
  return (
    <Radix.Root
      value={props.percent}
      max={100}
      getValueLabel={() => props.text}
      aria-labelledby={props.labelledBy}
      className="h-1.5 w-full overflow-hidden rounded-full bg-sunken shadow-[inset_0_0_0_1px_var(--line-strong)]"
    >
      <svg className="block size-full" aria-hidden="true">
        <rect height="100%" width={`${props.percent ?? 0}%`} className={fills[props.tone ?? 'busy']} />
      </svg>
    </Radix.Root>
  )
}

/** A share of a whole that is no progress: capacity. Full is bad, nearly full a warning. */
export function Gauge(props: { used: number; total: number; label: string; text: string }) {
  const percent = props.total > 0 ? Math.min(100, (props.used / props.total) * 100) : 0
  const tone: Tone = percent >= 95 ? 'bad' : percent >= 85 ? 'warn' : 'busy'
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> each in its own colours
    <div
      role="meter"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      aria-valuetext={props.text}
      className="h-1.5 w-full overflow-hidden rounded-full bg-sunken shadow-[inset_0_0_0_1px_var(--line-strong)]"
    >
      <svg className="block size-full" aria-hidden="true">
        <rect height="100%" width={`${percent}%`} className={fills[tone]} />
      </svg>
    </div>
  )
}
