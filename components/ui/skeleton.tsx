import { cx } from './cx.ts'

/** A place where something will stand, of its size. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={cx('pulse block h-4 rounded bg-sunken', className)} />
}

/** What is read out while a part of the page is on its way. */
export function Waiting({ what, children }: { what: string; children: React.ReactNode }) {
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">{`Reading ${what}…`}</span>
      {children}
    </div>
  )
}

/** A table that is on its way: as many columns and rows as will come, about. */
export function TableSkeleton({ what, columns, rows = 6 }: { what: string; columns: number; rows?: number }) {
  return (
    <Waiting what={what}>
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        {Array.from({ length: rows + 1 }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no identity
          <div key={row} className="flex h-9 items-center gap-6 border-line border-b px-3 last:border-0">
            {Array.from({ length: columns }, (_, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: neither have the cells
              <Skeleton key={column} className={column === 0 ? 'w-1/4' : 'w-1/6'} />
            ))}
          </div>
        ))}
      </div>
    </Waiting>
  )
}

/** Cards that are on their way. */
export function CardsSkeleton({ what, count = 2 }: { what: string; count?: number }) {
  return (
    <Waiting what={what}>
      <div className="grid gap-3">
        {Array.from({ length: count }, (_, card) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the cards have no identity
          <div key={card} className="grid gap-3 rounded-lg border border-line bg-surface p-4">
            <Skeleton className="w-1/3" />
            <Skeleton className="w-3/4" />
            <Skeleton className="w-1/2" />
          </div>
        ))}
      </div>
    </Waiting>
  )
}
