import type { Metadata } from 'next'
import { AppliancePage } from '#components/appliances/appliance-page.tsx'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Appliances' }

export default async function Page() {
  await requireSession()
  await prefetch(
    trpc.appliances.list.queryOptions(),
    trpc.enrolments.list.queryOptions(),
    trpc.checks.appliances.queryOptions(),
  )
  return (
    <HydrateClient>
      <AppliancePage />
    </HydrateClient>
  )
}
