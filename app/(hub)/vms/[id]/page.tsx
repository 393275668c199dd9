import type { Metadata } from 'next'
import { VmPage } from '#components/vms/vm-page.tsx'
import { HydrateClient, prefetch, prefetchOne, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

interface Props {
  params: Promise<{ id: string }>
}

export const metadata: Metadata = { title: 'Virtual machine' }

export default async function Page({ params }: Props) {
  await requireSession()
  const { id } = await params
  await prefetchOne(trpc.vms.get.queryOptions({ id }))
  await prefetch(trpc.repositories.list.queryOptions())
  return (
    <HydrateClient>
      <VmPage id={id} />
    </HydrateClient>
  )
}
