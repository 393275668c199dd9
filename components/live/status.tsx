'use client'

import { Time } from '#components/format/time.tsx'
import { Status } from '#components/ui/status.tsx'
import { useConnection } from './provider.tsx'

/** The footer's word on whether the figures move. */
export function LiveStatus() {
  const connection = useConnection()
  return (
    <span role="status" data-testid="connection" data-state={connection.state}>
      {connection.state === 'live' && <Status tone="ok" label="Live" />}
      {connection.state === 'connecting' && <Status tone="unknown" label="Connecting…" />}
      {connection.state === 'reconnecting' && <Status tone="warn" label="Reconnecting…" />}
      {connection.state === 'stale' && (
        <>
          <Status tone="bad" label="Stale" /> since <Time at={new Date(connection.since).toISOString()} />
        </>
      )}
    </span>
  )
}
