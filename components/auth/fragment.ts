'use client'

import { useEffect, useState } from 'react'

/**
 * The text after "#" of the address, taken out of it (and of the history) at once. Undefined until the browser has
 * looked; empty when there is none. Fragments are never sent, so no log can hold what stands there.
 */
export function useFragment(): string | undefined {
  const [fragment, setFragment] = useState<string>()
  useEffect(() => {
    const take = () => {
      const found = decode(location.hash.slice(1))
      if (found !== '') history.replaceState(history.state, '', location.pathname + location.search)
      setFragment((known) => found || known || '')
    }
    take()
    window.addEventListener('hashchange', take)
    return () => window.removeEventListener('hashchange', take)
  }, [])
  return fragment
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
