import type { Header } from '@tanstack/react-table'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useHydrated } from '#components/format/hydrated.ts'
import { cx } from '#components/ui/cx.ts'
import type { VmSummary } from '#contracts/views.ts'
import { type vmFeatures, vmGrid } from './vm-columns.ts'

const figures = ['size', 'disks']
const words = { asc: 'ascending', desc: 'descending' } as const

/** The head stays under the top bar while the rows go by. On a phone the order is chosen beside the search. */
export function VmHead({ headers }: { headers: readonly Header<typeof vmFeatures, VmSummary>[] }) {
  const hydrated = useHydrated()
  return (
    <thead className="block max-md:hidden md:sticky md:top-12 md:z-10">
      <tr aria-rowindex={1} className={cx('h-8 rounded-t-lg border-line border-b bg-page px-3', vmGrid)}>
        {headers.map(({ id, column }) => {
          const sorted = column.getIsSorted()
          const Arrow = sorted === 'desc' ? ArrowDown : ArrowUp
          return (
            <th
              key={id}
              scope="col"
              aria-sort={sorted ? words[sorted] : undefined}
              className={cx('min-w-0 text-xs', figures.includes(id) ? 'text-end' : 'text-start')}
            >
              <button
                type="button"
                disabled={!hydrated}
                onClick={column.getToggleSortingHandler()}
                className={cx(
                  'inline-flex h-6 max-w-full items-center gap-1 rounded font-medium hover:text-text',
                  figures.includes(id) && 'flex-row-reverse',
                  sorted ? 'text-text' : 'text-muted',
                )}
              >
                <span className="truncate">{String(column.columnDef.header)}</span>
                <Arrow className={cx('size-3 shrink-0', !sorted && 'invisible')} aria-hidden="true" />
              </button>
            </th>
          )
        })}
      </tr>
    </thead>
  )
}
