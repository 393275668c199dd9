import type { Metadata } from 'next'
import { Overview } from '#components/overview/overview.tsx'
import type { OverviewView } from '#contracts/views.ts'
import { HydrateClient, prefetch, prefetchOne, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Overview' }

/** Those that a window shows; the others have their places, and fill them once the page is there. */
const FIRST_JOBS = 4

export default async function Page() {
  await requireSession()
  const overview = await prefetchOne<OverviewView>(trpc.overview.get.queryOptions())
  const first = overview?.running.items.slice(0, FIRST_JOBS) ?? []
  await prefetch(...first.map(({ id }) => trpc.backups.get.queryOptions({ id })))
  return (
    <HydrateClient>
      <Overview />
    </HydrateClient>
  )
}
