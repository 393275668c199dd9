import type { Metadata } from 'next'
import { createLoader, parseAsString, parseAsStringLiteral, type SearchParams } from 'nuqs/server'
import { BackupList } from '#components/backups/backup-list.tsx'
import { backupListOptions, listFilters, listInput } from '#components/backups/list-options.ts'
import { HydrateClient, prefetchInfinite, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

interface Props {
  searchParams: Promise<SearchParams>
}

export const metadata: Metadata = { title: 'Backups' }

const load = createLoader(listFilters({ parseAsString, parseAsStringLiteral }))

export default async function Page({ searchParams }: Props) {
  await requireSession()
  const input = listInput(await load(searchParams))
  await prefetchInfinite(trpc.backups.list.infiniteQueryOptions(input, backupListOptions))
  return (
    <HydrateClient>
      <BackupList />
    </HydrateClient>
  )
}
