import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export interface Column<T> {
  head: string
  cell: (row: T) => ReactNode
  /** Figures stand to the right. */
  numeric?: boolean
  /** Left out below this width: what a phone can do without. */
  from?: 'sm' | 'md' | 'lg'
}

const hidden = { sm: 'max-sm:hidden', md: 'max-md:hidden', lg: 'max-lg:hidden' }

/** A table with its name for screen readers; on a narrow screen it scrolls by itself, not the page. */
export function Table<T>(props: {
  caption: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  rowKey: (row: T) => string
  testId?: string
}) {
  const classes = ({ numeric, from }: Column<T>) => cx(numeric && 'text-end', from && hidden[from])
  return (
    <section
      className="overflow-x-auto rounded-lg border border-line bg-surface"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
      aria-label={props.caption}
    >
      <table className="w-full" data-testid={props.testId}>
        <caption className="sr-only">{props.caption}</caption>
        <thead>
          <tr className="border-line border-b bg-page">
            {props.columns.map((column) => (
              <th
                key={column.head}
                scope="col"
                className={cx(
                  'h-8 whitespace-nowrap px-3 font-medium text-muted text-xs',
                  !column.numeric && 'text-start',
                  classes(column),
                )}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.rowKey(row)} className="border-line border-b last:border-0 hover:bg-hover">
              {props.columns.map((column) => (
                <td key={column.head} className={cx('h-8 px-3 py-1', classes(column))}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
