import type { Metadata } from 'next'
import { Overview } from '#components/overview/overview.tsx'
import type { OverviewView } from '#contracts/views.ts'
import { HydrateClient, prefetch, prefetchOne, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Overview' }

export default async function Page() {
  await requireSession()
  const overview = await prefetchOne<OverviewView>(trpc.overview.get.queryOptions())
  await prefetch(...(overview?.running.items ?? []).map(({ id }) => trpc.backups.get.queryOptions({ id })))
  return (
    <HydrateClient>
      <Overview />
    </HydrateClient>
  )
}
