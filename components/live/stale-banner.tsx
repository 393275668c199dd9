'use client'

import { Time } from '#components/format/time.tsx'
import { Banner } from './banner.tsx'
import { useStaleSince } from './stale.tsx'

/** Says that the figures are old, since when, and that this is the page's trouble and not the backups'. */
export function StaleBanner() {
  const since = useStaleSince()
  return (
    <Banner shown={since !== null} testId="stale">
      No word from the hub since {since !== null && <Time at={new Date(since).toISOString()} />}: figures here are of
      that time. Backups go on without this page, and it catches up by itself.
    </Banner>
  )
}
