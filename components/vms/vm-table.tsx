'use client'

import { useTable } from '@tanstack/react-table'
import { type KeyboardEvent, useRef } from 'react'
import { useNow } from '#components/format/ago.tsx'
import type { VmSummary } from '#contracts/views.ts'
import { readSort, type SortParam, writeSort } from './sort.ts'
import { FIRST_PLACE, useRows } from './use-rows.ts'
import { vmColumns, vmFeatures } from './vm-columns.ts'
import { VmHead } from './vm-head.tsx'
import { VmRow } from './vm-row.tsx'

interface Props {
  vms: readonly VmSummary[]
  /** Rows there are: more than `vms` while the last of them are still on their way. */
  count: number
  sort: SortParam
  onSort: (sort: SortParam) => void
}

/**
 * The machines as a table of which only what is in view is in the page. Rows are links: Tab goes from one to the next,
 * the arrows, Home and End as well, over all rows.
 */
export function VmTable({ vms, count, sort, onSort }: Props) {
  const now = useNow()
  const sorting = [readSort(sort)]
  const table = useTable({
    features: vmFeatures,
    columns: vmColumns,
    data: vms,
    getRowId: (vm) => vm.id,
    enableSortingRemoval: false,
    state: { sorting },
    onSortingChange: (updater) => {
      const [next] = typeof updater === 'function' ? updater(sorting) : updater
      if (next) onSort(writeSort(next))
    },
  })
  const { rows } = table.getRowModel()
  const body = useRef<HTMLTableSectionElement>(null)
  const { virtualizer, focusRow, pin } = useRows(count, body)
  const items = virtualizer.getVirtualItems()
  const top = (items[0]?.start ?? virtualizer.options.scrollMargin) - virtualizer.options.scrollMargin
  const bottom = virtualizer.getTotalSize() + virtualizer.options.scrollMargin - (items.at(-1)?.end ?? 0)
  return (
    <table
      aria-label="Virtual machines"
      aria-rowcount={count + 1}
      className="block rounded-lg border border-line bg-surface"
      data-testid="vms"
    >
      <VmHead headers={table.getHeaderGroups()[0]?.headers ?? []} />
      <tbody
        ref={body}
        className="block"
        style={{ paddingTop: Math.max(0, top), paddingBottom: Math.max(0, bottom) }}
        onFocus={(event) => pin(placeOf(event.target))}
        onBlur={() => pin(null)}
        onKeyDown={(event) => {
          const to = targetOf(event, count)
          if (to === null) return
          event.preventDefault()
          focusRow(to)
        }}
      >
        {items.map(({ index, start }, nth) => {
          const row = rows[index]
          // A row that is kept for its focus may stand far from the others.
          const gap = start - (items[nth - 1]?.end ?? start)
          return (
            row && <VmRow key={row.id} vm={row.original} place={index + FIRST_PLACE} gap={Math.max(0, gap)} now={now} />
          )
        })}
      </tbody>
    </table>
  )
}

/** The index of the row that something is in; null outside of rows. */
function placeOf(target: EventTarget): number | null {
  const row = target instanceof Element ? target.closest('[data-row]') : null
  return row && Number(row.getAttribute('data-row')) - FIRST_PLACE
}

/** The row a key leads to from the one it was pressed in; null when it leads nowhere. */
function targetOf(event: KeyboardEvent<HTMLElement>, count: number): number | null {
  const index = placeOf(event.target)
  if (index === null || event.altKey || event.ctrlKey || event.metaKey) return null
  const moves: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: count - 1 }
  const to = moves[event.key]
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to))
}
