'use client'

import { Status, type Tone } from '#components/ui/status.tsx'
import type { Connection } from './connection.ts'
import { useConnection } from './provider.tsx'

const words: Record<Connection['state'], { tone: Tone; label: string }> = {
  live: { tone: 'ok', label: 'Live' },
  connecting: { tone: 'unknown', label: 'Connecting…' },
  reconnecting: { tone: 'busy', label: 'Reconnecting…' },
  // Since when stands in the banner below: here it would not fit on a phone.
  stale: { tone: 'warn', label: 'Stale' },
}

/** Whether the figures move: one word, in the same place on every page and every screen. */
export function LiveStatus() {
  const connection = useConnection()
  return (
    <span role="status" className="inline-flex items-center" data-testid="connection" data-state={connection.state}>
      <Status {...words[connection.state]} />
    </span>
  )
}
