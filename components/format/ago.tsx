'use client'

import { useEffect, useState } from 'react'
import { formatTime } from '#lib/format/duration.ts'
import { formatAgo } from './ago.ts'
import { useHydrated } from './hydrated.ts'

const TICK_MS = 30_000

/** The present, every half minute: one clock for all rows of a list. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** How long ago; the exact time in the title. The server's word stands until the browser's clock says another. */
export function Ago({ at, now }: { at: string; now: number }) {
  const hydrated = useHydrated()
  const exact = hydrated ? `${formatTime(at, 'local')} (${formatTime(at, 'utc')})` : formatTime(at, 'utc')
  return (
    <time dateTime={at} title={exact} className="whitespace-nowrap tabular-nums" suppressHydrationWarning>
      {formatAgo(at, now)}
    </time>
  )
}
