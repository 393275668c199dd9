'use client'

import { useSyncExternalStore } from 'react'

/** The same as the classes of a row: two lines on a phone, room for a finger elsewhere, 32 px by the mouse. */
const PHONE = '(max-width: 767px)'
const COARSE = '(pointer: coarse)'

function watch(callback: () => void): () => void {
  const queries = [PHONE, COARSE].map((query) => window.matchMedia(query))
  for (const query of queries) query.addEventListener('change', callback)
  return () => {
    for (const query of queries) query.removeEventListener('change', callback)
  }
}

const read = () => {
  if (window.matchMedia(PHONE).matches) return 60
  return window.matchMedia(COARSE).matches ? 40 : 32
}

/** Pixels of one row of the list. The server does not know the screen and assumes a desk. */
export function useRowHeight(): number {
  return useSyncExternalStore(watch, read, () => 32)
}

export const rowHeightClass = 'h-8 pointer-coarse:h-10 max-md:h-[60px]!'
