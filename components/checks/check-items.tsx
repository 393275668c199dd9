import { cx } from '#components/ui/cx.ts'
import { Status } from '#components/ui/status.tsx'
import type { CheckItem, VmCheck } from '#contracts/check.ts'
import { checkIds } from '#contracts/check-ids.ts'
import { outcomeWords, titles } from './words.ts'

/** Each check with its outcome as it comes; what failed says what to do. While it runs, the rest stand as waiting. */
export function CheckItems({ check, running }: { check: VmCheck; running: boolean }) {
  const known = new Map(check.items.map((item) => [item.id, item]))
  const ids = checkIds.filter((id) => running || known.has(id))
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-surface" data-testid="check-items">
      {ids.map((id) => {
        const item = known.get(id)
        return (
          <li
            key={id}
            data-check={id}
            data-outcome={item?.outcome ?? 'waiting'}
            className="grid grid-cols-[8.5rem_1fr] items-baseline gap-x-3 px-3 py-1.5 sm:grid-cols-[8.5rem_10rem_1fr]"
          >
            {item ? <Status {...outcomeWords[item.outcome]} /> : <Status tone="unknown" label="Waiting" />}
            <p className={cx('font-medium', !item && 'text-muted')}>{titles[id]}</p>
            {item ? <Found item={item} /> : null}
          </li>
        )
      })}
    </ul>
  )
}

function Found({ item: { detail, remedy, outcome, ms } }: { item: CheckItem }) {
  return (
    <div className="min-w-0 [overflow-wrap:anywhere] max-sm:col-span-2">
      <p className={outcome === 'failed' ? undefined : 'text-muted'}>
        {detail}
        {outcome !== 'not-applicable' && ms >= 1 && (
          <span className="ms-2 whitespace-nowrap text-muted text-xs tabular-nums">{ms.toLocaleString('en')} ms</span>
        )}
      </p>
      {remedy && (
        <p>
          <strong className="font-semibold">What to do:</strong> {remedy}
        </p>
      )}
    </div>
  )
}
