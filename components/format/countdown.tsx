'use client'

import { useEffect, useState } from 'react'
import { useHydrated } from './hydrated.ts'

/** Minutes and seconds until then: `14:59`; `0:00` once it has passed. Pure. */
export function formatCountdown(untilMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.ceil((untilMs - nowMs) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** What is left until a time, each second. */
export function Countdown({ until }: { until: string }) {
  const hydrated = useHydrated()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <span role="timer" className="whitespace-nowrap tabular-nums">
      {hydrated ? formatCountdown(Date.parse(until), now) : '…'}
    </span>
  )
}
