import type { Metadata } from 'next'
import { BackupList } from '#components/backups/backup-list.tsx'
import { backupListOptions } from '#components/backups/list-options.ts'
import { HydrateClient, prefetchInfinite, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Backups' }

export default async function Page() {
  await requireSession()
  await prefetchInfinite(trpc.backups.list.infiniteQueryOptions({}, backupListOptions))
  return (
    <HydrateClient>
      <BackupList />
    </HydrateClient>
  )
}
