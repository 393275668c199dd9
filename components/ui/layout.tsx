import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** The head of a page: what it is, one line about it, what can be done. */
export function PageHeader(props: { title: ReactNode; status?: ReactNode; lead?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 max-w-full">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 break-words font-semibold text-xl tracking-tight [overflow-wrap:anywhere]">
            {props.title}
          </h1>
          {props.status}
        </div>
        {props.lead && <div className="mt-1 text-muted">{props.lead}</div>}
      </div>
      {props.actions && <div className="flex flex-wrap items-center gap-2">{props.actions}</div>}
    </header>
  )
}

/** A part of a page with a heading of its own. */
export function Section(props: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="mb-7" aria-label={props.title}>
      <div className="mb-2 flex min-h-8 flex-wrap items-center justify-between gap-2">
        <div>
          <h2 className="font-semibold text-base tracking-tight">{props.title}</h2>
          {props.lead && <p className="text-muted">{props.lead}</p>}
        </div>
        {props.actions}
      </div>
      {props.children}
    </section>
  )
}

export function Card({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx('rounded-lg border border-line bg-surface p-4', className)}>{children}</div>
}

/** A page or part with nothing in it: one sentence, one thing to do. */
export function Empty(props: { icon?: LucideIcon; children: ReactNode; action?: ReactNode }) {
  const Icon = props.icon
  return (
    <div className="flex flex-col items-center rounded-lg border border-line border-dashed bg-surface px-6 py-8 text-center text-muted">
      {Icon && <Icon className="mb-3 size-6" strokeWidth={1.5} aria-hidden="true" />}
      <p className="max-w-prose text-center">{props.children}</p>
      {props.action && <div className="mt-3 flex justify-center">{props.action}</div>}
    </div>
  )
}

/** What is known about one thing: word and value, in order. */
export function Facts({ items }: { items: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className="grid grid-cols-1 items-baseline gap-x-6 gap-y-2 sm:grid-cols-[max-content_1fr]">
      {Object.entries(items).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted max-sm:-mb-2">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Figures in a row, each with its name; the figure is what the eye meets first. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-4 xl:grid-cols-6">{children}</dl>
}

export function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-xs">{name}</dt>
      <dd className="mt-0.5 break-words font-medium">{children}</dd>
    </div>
  )
}

/** An id, a path, a key: as it is. */
export function Code({ children }: { children: ReactNode }) {
  return <code className="break-all font-mono text-code">{children}</code>
}
