'use client'

import { Time } from '#components/format/time.tsx'
import { Status } from '#components/ui/status.tsx'
import { useConnection } from './provider.tsx'

/** Since when what moves by itself may be out of date; null while it is not. Milliseconds since 1970. */
export function useStaleSince(): number | null {
  const connection = useConnection()
  return connection.state === 'stale' ? connection.since : null
}

/** Says that figures are old, and how old. Nothing while they move. */
export function AsOf({ testId }: { testId?: string }) {
  const since = useStaleSince()
  if (since === null) return null
  return (
    <span className="inline-flex flex-wrap items-center gap-x-1.5 text-warn" data-testid={testId}>
      <Status tone="warn" label="Not up to date:" /> as of <Time at={new Date(since).toISOString()} />
    </span>
  )
}
