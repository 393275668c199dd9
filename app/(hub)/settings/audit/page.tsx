import type { Metadata } from 'next'
import { Audit } from '#components/audit/audit.tsx'
import { auditListOptions } from '#components/audit/list-options.ts'
import { SettingsTabs } from '#components/settings/tabs.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { HydrateClient, prefetch, prefetchInfinite, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Audit' }

export default async function Page() {
  await requireSession()
  await Promise.all([
    prefetch(trpc.audit.retention.queryOptions()),
    prefetchInfinite(trpc.audit.list.infiniteQueryOptions({}, auditListOptions)),
  ])
  return (
    <HydrateClient>
      <PageHeader title="Settings" />
      <SettingsTabs />
      <Audit />
    </HydrateClient>
  )
}
