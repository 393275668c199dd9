'use client'

import { TriangleAlert } from 'lucide-react'
import { Time } from '#components/format/time.tsx'
import { useConnection } from './provider.tsx'

/** Says that the figures are old, since when, and that this is the page's trouble and not the backups'. */
export function StaleBanner() {
  const connection = useConnection()
  const stale = connection.state === 'stale'
  return (
    <div role="status" className={stale ? 'sticky top-12 z-20 border-warn border-b bg-warn-soft' : 'sr-only'}>
      {stale && (
        <p className="mx-auto flex max-w-7xl items-start gap-2 px-4 py-2 md:px-6" data-testid="stale">
          <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
          <span>
            No word from the hub since <Time at={new Date(connection.since).toISOString()} />: figures here are of that
            time. Backups go on without this page, and it catches up by itself.
          </span>
        </p>
      )}
    </div>
  )
}
