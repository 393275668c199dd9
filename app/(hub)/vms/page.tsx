import type { Metadata } from 'next'
import { VmList } from '#components/vms/vm-list.tsx'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Virtual machines' }

export default async function Page() {
  await requireSession()
  await prefetch(trpc.vms.list.queryOptions(), trpc.appliances.list.queryOptions())
  return (
    <HydrateClient>
      <VmList />
    </HydrateClient>
  )
}
