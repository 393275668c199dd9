'use client'

import { useSyncExternalStore } from 'react'

const never = () => () => undefined

/** False on the server and in the first paint, then true: for what only the browser knows (its zone, its fragment). */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}
