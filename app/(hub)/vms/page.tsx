import type { Metadata } from 'next'
import { createLoader, parseAsString, parseAsStringLiteral, type SearchParams } from 'nuqs/server'
import { firstView, LONGEST_IN_PAGE } from '#components/vms/first-view.ts'
import { listFilters } from '#components/vms/list-filters.ts'
import { VmList } from '#components/vms/vm-list.tsx'
import type { VmSummary } from '#contracts/views.ts'
import { HydrateClient, prefetch, prefetchShort, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

interface Props {
  searchParams: Promise<SearchParams>
}

export const metadata: Metadata = { title: 'Virtual machines' }

const load = createLoader(listFilters({ parseAsString, parseAsStringLiteral }))

export default async function Page({ searchParams }: Props) {
  await requireSession()
  const [filters, long] = await Promise.all([
    load(searchParams),
    prefetchShort<VmSummary>(trpc.vms.list.queryOptions(), LONGEST_IN_PAGE),
    prefetch(trpc.appliances.list.queryOptions()),
  ])
  return (
    <HydrateClient>
      <VmList first={long && firstView(long, filters)} />
    </HydrateClient>
  )
}
