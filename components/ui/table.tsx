import type { ReactNode } from 'react'

export interface Column<T> {
  head: string
  cell: (row: T) => ReactNode
  /** Figures stand to the right. */
  numeric?: boolean
}

/** A table with its name for screen readers; on a narrow screen it scrolls by itself, not the page. */
export function Table<T>(props: {
  caption: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  rowKey: (row: T) => string
  testId?: string
}) {
  return (
    <section
      className="overflow-x-auto rounded-lg border border-line bg-surface"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
      aria-label={props.caption}
    >
      <table className="w-full text-left" data-testid={props.testId}>
        <caption className="sr-only">{props.caption}</caption>
        <thead>
          <tr className="border-line border-b">
            {props.columns.map(({ head, numeric }) => (
              <th key={head} scope="col" className={`h-8 px-3 font-medium text-muted ${numeric ? 'text-right' : ''}`}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.rowKey(row)} className="border-line border-b last:border-0 hover:bg-hover">
              {props.columns.map(({ head, cell, numeric }) => (
                <td key={head} className={`h-8 px-3 py-1 ${numeric ? 'text-right tabular-nums' : ''}`}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
