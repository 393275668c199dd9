'use client'

import { type RefObject, useEffect } from 'react'

/** Keeps what is typed while the palette is on its way: whoever presses Ctrl-K goes on typing at once. */
export function TypedAhead({ into }: { into: RefObject<string> }) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === 'Backspace') into.current = into.current.slice(0, -1)
      else if ([...event.key].length === 1) into.current += event.key
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [into])
  return null
}
