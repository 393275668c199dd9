import {
  CircleCheck,
  CircleDashed,
  CircleDot,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react'
import { memo } from 'react'
import { cx } from './cx.ts'

export type Tone = 'ok' | 'warn' | 'bad' | 'unknown' | 'busy'
/** `note`: something that happened, and is neither good nor bad. */
export type StatusTone = Tone | 'note'

const icons: Record<StatusTone, LucideIcon> = {
  ok: CircleCheck,
  warn: TriangleAlert,
  bad: CircleX,
  unknown: CircleDashed,
  note: CircleDot,
  busy: LoaderCircle,
}
const colours: Record<StatusTone, string> = {
  ok: 'text-ok',
  warn: 'text-warn',
  bad: 'text-bad',
  unknown: 'text-unknown',
  note: 'text-unknown',
  busy: 'text-accent',
}
const softs: Record<StatusTone, string> = {
  ok: 'bg-ok-soft',
  warn: 'bg-warn-soft',
  bad: 'bg-bad-soft',
  unknown: 'bg-unknown-soft',
  note: 'bg-unknown-soft',
  busy: 'bg-accent-soft',
}

interface StatusProps {
  tone: StatusTone
  label: string
  pill?: boolean
  wrap?: boolean
}

/** A state: icon and word, the colour only helps. `pill` where it stands alone on a page's head. Drawn again only when it changes. */
export const Status = memo(function Status({ tone, label, pill, wrap }: StatusProps) {
  const Icon = icons[tone]
  return (
    <span
      className={cx(
        'inline-flex gap-1.5 font-medium [&>svg]:self-center',
        // In a line of text it stands on that line.
        pill ? 'items-center' : 'items-baseline',
        !wrap && 'whitespace-nowrap',
        colours[tone],
        pill && cx('h-6 rounded-full px-2.5', softs[tone]),
      )}
    >
      <Icon
        className={cx(
          'size-3.5 shrink-0 self-center',
          // One turns where a page is about one thing; fifty that turn in a list are no calm, and each is a layer of its own.
          tone === 'busy' && pill && 'spin',
        )}
        strokeWidth={2.25}
        aria-hidden="true"
      />
      {label}
    </span>
  )
})
