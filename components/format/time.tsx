'use client'

import { useEffect, useState } from 'react'
import { formatDuration, formatTime, secondsBetween } from '#lib/format/duration.ts'
import { useHydrated } from './hydrated.ts'

/** A time in the reader's zone; UTC in its title, and until the browser has taken over. */
export function Time({ at }: { at: string }) {
  const hydrated = useHydrated()
  return (
    <time dateTime={at} title={formatTime(at, 'utc')} className="whitespace-nowrap tabular-nums">
      {formatTime(at, hydrated ? 'local' : 'utc')}
    </time>
  )
}

/** How long since, or between two times. Ticks while there is no end. */
export function Elapsed({ from, to }: { from: string; to: string | null }) {
  const hydrated = useHydrated()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (to !== null) return
    // All clocks of a page tick together, on the whole second: fifty rows are drawn once a second, and not fifty times.
    let timer = setTimeout(tick, 1000 - (Date.now() % 1000))
    function tick() {
      setNow(Date.now())
      timer = setTimeout(tick, 1000 - (Date.now() % 1000))
    }
    return () => clearTimeout(timer)
  }, [to])
  if (to === null && !hydrated) return <span>…</span>
  const end = to ?? new Date(Math.max(now, Date.parse(from))).toISOString()
  return <span className="whitespace-nowrap tabular-nums">{formatDuration(secondsBetween(from, end))}</span>
}
