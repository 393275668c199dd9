import { CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon, TriangleAlert } from 'lucide-react'
import { cx } from '#components/ui/cx.ts'
import type { Tone } from '#components/ui/status.tsx'
import type { Reassurance } from './reassurance.ts'

const looks: Record<Tone, { icon: LucideIcon; word: string; ink: string; box: string }> = {
  ok: { icon: CircleCheck, word: 'All is well', ink: 'text-ok', box: 'border-line bg-surface' },
  busy: { icon: LoaderCircle, word: 'At work', ink: 'text-accent', box: 'border-line bg-surface' },
  unknown: { icon: CircleDashed, word: 'Not set up yet', ink: 'text-unknown', box: 'border-line bg-surface' },
  warn: { icon: TriangleAlert, word: 'Worth a look', ink: 'text-warn', box: 'border-warn bg-warn-soft' },
  bad: { icon: CircleX, word: 'Needs you', ink: 'text-bad', box: 'border-bad bg-bad-soft' },
}

/** How things are, before anything else on the page. A change of it is read out; the figures below are not. */
export function ReassuranceBanner({ reassurance: { tone, headline, detail } }: { reassurance: Reassurance }) {
  const { icon: Icon, word, ink, box } = looks[tone]
  return (
    <div
      role="status"
      className={cx('mb-7 flex items-start gap-3.5 rounded-lg border px-4 py-4', box)}
      data-testid="reassurance"
      data-tone={tone}
    >
      <Icon
        className={cx('mt-0.5 size-6 shrink-0', ink, tone === 'busy' && 'spin')}
        strokeWidth={1.75}
        aria-hidden="true"
      />
      <div className="min-w-0">
        <p className="break-words font-semibold text-lg leading-snug tracking-tight">
          <span className="sr-only">{word}: </span>
          {headline}
        </p>
        {detail && <p className="mt-0.5 text-muted">{detail}</p>}
      </div>
    </div>
  )
}
