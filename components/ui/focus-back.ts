'use client'

import { useRef } from 'react'

/**
 * Takes the focus back to where it was when a dialog opened. Radix does so only for a trigger of its own, and leaves it
 * nowhere otherwise. Nothing inside the dialog may have `autoFocus`: the dialog gives the focus itself.
 */
export function useFocusBack() {
  const before = useRef<Element | null>(null)
  return {
    onOpenAutoFocus: () => {
      before.current = document.activeElement
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault()
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus()
    },
  }
}
