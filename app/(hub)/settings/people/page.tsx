import type { Metadata } from 'next'
import { People } from '#components/people/people.tsx'
import { SettingsTabs } from '#components/settings/tabs.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'People' }

export default async function Page() {
  const { userId } = await requireSession()
  await prefetch(trpc.people.list.queryOptions())
  return (
    <HydrateClient>
      <PageHeader title="Settings" />
      <SettingsTabs />
      <People me={userId} />
    </HydrateClient>
  )
}
