import type { Metadata } from 'next'
import { HousekeepingPage } from '#components/housekeeping/housekeeping-page.tsx'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Housekeeping' }

export default async function Page() {
  await requireSession()
  await prefetch(trpc.housekeeping.survey.queryOptions())
  return (
    <HydrateClient>
      <HousekeepingPage />
    </HydrateClient>
  )
}
