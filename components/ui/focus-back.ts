'use client'

import { useRef } from 'react'

const FIRST = 'input:not([hidden]), select, textarea, [data-first]'

/**
 * Gives the focus to the first field of a dialog (or what is marked `data-first`), not to the button that closes it,
 * and takes it back to where it was afterwards: Radix does so only for a trigger of its own, and leaves it nowhere
 * otherwise. Nothing inside the dialog may have `autoFocus`.
 */
export function useFocusBack() {
  const before = useRef<Element | null>(null)
  return {
    onOpenAutoFocus: (event: Event) => {
      before.current = document.activeElement
      const first = event.target instanceof HTMLElement && event.target.querySelector<HTMLElement>(FIRST)
      if (!first) return
      event.preventDefault()
      first.focus()
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault()
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus()
    },
  }
}
