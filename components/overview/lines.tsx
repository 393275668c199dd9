import type { ReactNode } from 'react'
import { Link } from '#components/ui/link.tsx'

/** Things of one kind in a frame, a line each. */
export function Lines<T>(props: {
  items: readonly T[]
  itemKey: (item: T) => string
  testId: string
  children: (item: T) => ReactNode
}) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-surface" data-testid={props.testId}>
      {props.items.map((item) => (
        <li key={props.itemKey(item)}>{props.children(item)}</li>
      ))}
    </ul>
  )
}

/** A part with nothing in it that is no reason to act: one line, no more room than that. */
export function Quiet({ children, action }: { children: ReactNode; action: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 rounded-lg border border-line bg-surface px-4 py-3 text-muted">
      <p>{children}</p>
      {action}
    </div>
  )
}

/** What the list leaves out, and where it is. */
export function More({ count, noun, href }: { count: number; noun: string; href: string }) {
  if (count <= 0) return null
  return (
    <p className="mt-2">
      <Link href={href}>
        {count} more {noun}
      </Link>
    </p>
  )
}
