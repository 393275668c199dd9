import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { Status, type Tone } from './status.tsx'

const looks: Partial<Record<Tone, string>> = {
  ok: 'border-ok bg-ok-soft',
  warn: 'border-warn bg-warn-soft',
  bad: 'border-bad bg-bad-soft',
}

/** Something about a thing that is no error: how it stands and what to do about it. */
export function Notice(props: { tone: Tone; title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <div className={cx('rounded-lg border p-4', looks[props.tone] ?? 'border-line bg-sunken')}>
      <Status tone={props.tone} label={props.title} wrap />
      <div className="mt-1.5 max-w-prose break-words">{props.children}</div>
      {props.actions && <div className="mt-3 flex flex-wrap gap-2">{props.actions}</div>}
    </div>
  )
}
