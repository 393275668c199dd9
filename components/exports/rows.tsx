import type { ReactNode } from 'react'
import { CopyButton } from '#components/ui/copy.tsx'
import { cx } from '#components/ui/cx.ts'
import { Link } from '#components/ui/link.tsx'

/**
 * Things with the same facts: dense rows under common heads where there is room, cards with the heads beside the facts on a
 * phone. One list in both, each fact with its name for screen readers.
 */
export function Rows(props: {
  heads: readonly string[]
  /** The grid's columns: one for each head and one for the buttons. */
  columns: string
  testId: string
  children: ReactNode
}) {
  return (
    <ul
      data-testid={props.testId}
      className={cx('grid overflow-hidden rounded-lg border border-line bg-surface', props.columns)}
    >
      <li aria-hidden="true" className={cx(line, 'hidden border-line border-b bg-page xl:grid')}>
        {[...props.heads, ''].map((head) => (
          <span key={head} className="flex h-8 items-center whitespace-nowrap px-2 font-medium text-muted text-xs">
            {head}
          </span>
        ))}
      </li>
      {props.children}
    </ul>
  )
}

const line = 'xl:col-span-full xl:grid-cols-subgrid'

/** One thing: its facts, its buttons, and below them what has to be said about it. */
export function Row({ facts, buttons, words }: { facts: ReactNode; buttons: ReactNode; words?: ReactNode }) {
  return (
    <li className={cx('border-line border-b p-4 last:border-0 hover:bg-hover xl:grid xl:items-center xl:p-0', line)}>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] items-baseline gap-x-4 gap-y-1 xl:contents">{facts}</dl>
      <div className="flex flex-wrap items-center gap-1 max-xl:mt-3 xl:justify-end xl:px-1 xl:[&_button]:h-7 xl:[&_button]:border-transparent xl:[&_button]:bg-transparent xl:[&_button]:px-2">
        {buttons}
      </div>
      <div className="col-span-full grid gap-2 empty:hidden max-xl:mt-3 xl:px-2 xl:pb-2 [&>*]:mb-0">{words}</div>
    </li>
  )
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents xl:flex xl:min-h-8 xl:min-w-0 xl:items-center xl:px-2">
      <dt className="text-muted xl:sr-only">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere] xl:truncate">{children}</dd>
    </div>
  )
}

/** The backup that a thing is there for. */
export function BackupLink({ id }: { id: string }) {
  return (
    <span title={id}>
      <Link href={`/backups/${encodeURIComponent(id)}`}>{id}</Link>
    </span>
  )
}

/** A long word to copy, of which the row shows what fits. */
export function Long({ text, label, children }: { text: string; label: string; children: ReactNode }) {
  return (
    <span className="flex min-w-0 items-center gap-1" title={text}>
      <code className="min-w-0 truncate font-mono text-code max-xl:[overflow-wrap:anywhere] max-xl:[white-space:normal]">
        {children}
      </code>
      <CopyButton text={text} label={label} />
    </span>
  )
}
