'use client'

import { useTable } from '@tanstack/react-table'
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useNow } from '#components/format/ago.tsx'
import { useHydrated } from '#components/format/hydrated.ts'
import type { VmSummary } from '#contracts/views.ts'
import { useRowHeight } from './row-height.ts'
import { readSort, type SortParam, writeSort } from './sort.ts'
import { vmColumns, vmFeatures } from './vm-columns.ts'
import { VmHead } from './vm-head.tsx'
import { VmRow } from './vm-row.tsx'

/** What the server renders, which does not know the window: enough for a tall one. */
const SERVER_HEIGHT = 1100
/** Rows beyond the edge, so that Tab always finds the next one. */
const OVERSCAN = 12
/** `aria-rowindex` counts from 1, and the head is a row, too. */
const FIRST_PLACE = 2

const useIsomorphicLayoutEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect

interface Props {
  vms: readonly VmSummary[]
  sort: SortParam
  onSort: (sort: SortParam) => void
}

/**
 * The machines as a table of which only what is in view is in the page. Rows are links: Tab goes from one to the next,
 * the arrows, Home and End as well, over all rows.
 */
export function VmTable({ vms, sort, onSort }: Props) {
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
  const { virtualizer, focusRow } = useRows(rows.length, body)
  const items = virtualizer.getVirtualItems()
  const top = (items[0]?.start ?? virtualizer.options.scrollMargin) - virtualizer.options.scrollMargin
  const bottom = virtualizer.getTotalSize() + virtualizer.options.scrollMargin - (items.at(-1)?.end ?? 0)
  return (
    <table
      aria-label="Virtual machines"
      aria-rowcount={rows.length + 1}
      className="block rounded-lg border border-line bg-surface"
      data-testid="vms"
    >
      <VmHead headers={table.getHeaderGroups()[0]?.headers ?? []} />
      <tbody
        ref={body}
        className="block"
        style={{ paddingTop: Math.max(0, top), paddingBottom: Math.max(0, bottom) }}
        onKeyDown={(event) => {
          const to = targetOf(event, rows.length)
          if (to === null) return
          event.preventDefault()
          focusRow(to)
        }}
      >
        {items.map(({ index }) => {
          const row = rows[index]
          return row && <VmRow key={row.id} vm={row.original} place={index + FIRST_PLACE} now={now} />
        })}
      </tbody>
    </table>
  )
}

/** The row a key leads to from the one it was pressed in; null when it leads nowhere. */
function targetOf(event: KeyboardEvent<HTMLElement>, count: number): number | null {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof Element)) return null
  const row = event.target.closest('[data-row]')
  if (!row) return null
  const index = Number(row.getAttribute('data-row')) - FIRST_PLACE
  const moves: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: count - 1 }
  const to = moves[event.key]
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to))
}

/** The window over the rows, and a way to put the focus on any of them. */
function useRows(count: number, body: RefObject<HTMLTableSectionElement | null>) {
  const rowHeight = useRowHeight()
  const hydrated = useHydrated()
  const [scrollMargin, setScrollMargin] = useState(0)
  const [wanted, setWanted] = useState<number | null>(null)
  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin,
    initialRect: { width: 0, height: SERVER_HEIGHT },
    // A row on its way to the focus is in the page, however far it is.
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range)
      return wanted === null || wanted >= count || seen.includes(wanted)
        ? seen
        : [...seen, wanted].toSorted((a, b) => a - b)
    },
  })
  useIsomorphicLayoutEffect(() => {
    const measure = () => {
      const element = body.current
      if (element) setScrollMargin(Math.round(element.getBoundingClientRect().top + window.scrollY))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [body])
  useIsomorphicLayoutEffect(() => virtualizer.measure(), [rowHeight, hydrated, virtualizer])
  useEffect(() => {
    if (wanted === null) return
    body.current?.querySelector<HTMLElement>(`[data-row="${wanted + FIRST_PLACE}"] a`)?.focus({ preventScroll: true })
    setWanted(null)
  }, [wanted, body])
  const focusRow = (index: number) => {
    virtualizer.scrollToIndex(index, { align: 'auto' })
    setWanted(index)
  }
  return { virtualizer, focusRow }
}
