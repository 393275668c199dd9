'use client'

import { useSyncExternalStore } from 'react'

function watch(callback: () => void): () => void {
  window.addEventListener('hashchange', callback)
  return () => window.removeEventListener('hashchange', callback)
}

/**
 * The text after "#" of the address. Undefined until the browser has looked; empty when there is none. Fragments are
 * never sent, so no log can hold what stands there; it stays in the address until it is used, and is worthless then.
 */
export function useFragment(): string | undefined {
  return useSyncExternalStore<string | undefined>(
    watch,
    () => location.hash.slice(1),
    () => undefined,
  )
}
