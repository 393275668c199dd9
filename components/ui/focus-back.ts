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
      const content = event.target
      if (!(content instanceof HTMLElement)) return
      const first = content.querySelector<HTMLElement>(FIRST)
      // A question's way back has the focus by Radix.
      if (!first && content.getAttribute('role') === 'alertdialog') return
      event.preventDefault()
      // Without a field the task itself: on the way out its name would pop up.
      ;(first ?? content).focus()
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault()
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus()
    },
  }
}
