import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useRowHeight } from './row-height.ts'

/** What the server renders, which does not know the window: with the rows beyond its edge it fills one of 1000 px below the list's head. */
const SERVER_HEIGHT = 480
/** Rows beyond the edge, so that Tab always finds the next one. */
const OVERSCAN = 12
/** What covers the edges: top bar and head above, the thumb bar of a phone below. */
const COVERED = { above: 84, below: 64 }
/** `aria-rowindex` counts from 1, and the head is a row, too. */
export const FIRST_PLACE = 2

const useIsomorphicLayoutEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect

/** The window over a list's rows. The row with the focus stays in the page, however far it is scrolled away. */
export function useRows(count: number, body: RefObject<HTMLElement | null>) {
  const rowHeight = useRowHeight()
  const [scrollMargin, setScrollMargin] = useState(0)
  const [pinned, setPinned] = useState<number | null>(null)
  const toFocus = useRef<number | null>(null)
  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin,
    scrollPaddingStart: COVERED.above,
    scrollPaddingEnd: COVERED.below,
    initialRect: { width: 0, height: SERVER_HEIGHT },
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range)
      if (pinned === null || pinned >= count || seen.includes(pinned)) return seen
      return [...seen, pinned].toSorted((a, b) => a - b)
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
  // Another height is another place of every row.
  useIsomorphicLayoutEffect(() => virtualizer.measure(), [rowHeight, virtualizer])
  // After every render: the row may still be on its way.
  useEffect(() => {
    if (toFocus.current === null || toFocus.current !== pinned) return
    const row = body.current?.querySelector<HTMLElement>(`[data-row="${pinned + FIRST_PLACE}"] a`)
    if (!row) return
    toFocus.current = null
    row.focus({ preventScroll: true })
    // The list may have been measured anew since it was scrolled; a row in view stays where it is.
    row.scrollIntoView({ block: 'nearest' })
  })
  const focusRow = (index: number) => {
    toFocus.current = index
    setPinned(index)
    virtualizer.scrollToIndex(index, { align: 'auto' })
  }
  return { virtualizer, focusRow, pin: setPinned }
}
