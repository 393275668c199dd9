import type { ReactNode } from 'react'

/** The head of a page: what it is, one line about it, what can be done. */
export function PageHeader(props: { title: ReactNode; lead?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="break-words font-semibold text-xl">{props.title}</h1>
        {props.lead && <p className="mt-1 text-muted">{props.lead}</p>}
      </div>
      {props.actions && <div className="flex flex-wrap items-center gap-2">{props.actions}</div>}
    </header>
  )
}

/** A part of a page with a heading of its own. */
export function Section(props: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="mb-6" aria-label={props.title}>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h2 className="font-semibold text-base">{props.title}</h2>
        {props.actions}
      </div>
      {props.children}
    </section>
  )
}

export function Card({ children }: { children: ReactNode }) {
  return <div className="rounded-lg border border-line bg-surface p-4">{children}</div>
}

/** A page or part with nothing in it: one sentence, one thing to do. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="rounded-lg border border-line border-dashed p-6 text-center text-muted">
      <p>{children}</p>
      {action && <div className="mt-3 flex justify-center">{action}</div>}
    </div>
  )
}

/** What is known about one thing: word and value, in order. */
export function Facts({ items }: { items: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-2 sm:grid-cols-[max-content_1fr]">
      {Object.entries(items).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted max-sm:-mb-2">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** An id, a path, a key: as it is, to be copied. */
export function Code({ children }: { children: ReactNode }) {
  return <code className="break-all font-mono text-[0.8125rem]">{children}</code>
}
