import type { Metadata } from 'next'
import { restorePointInput, restorePointOptions } from '#components/vms/restore-point-options.ts'
import { VmPage } from '#components/vms/vm-page.tsx'
import { HydrateClient, prefetch, prefetchInfinite, prefetchOne, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

interface Props {
  params: Promise<{ id: string }>
}

export const metadata: Metadata = { title: 'Virtual machine' }

export default async function Page({ params }: Props) {
  await requireSession()
  const { id } = await params
  await prefetchOne(trpc.vms.get.queryOptions({ id }))
  await Promise.all([
    prefetch(
      trpc.repositories.list.queryOptions(),
      trpc.vms.timeline.queryOptions({ id }),
      trpc.checks.newest.queryOptions({ vmId: id }),
    ),
    prefetchInfinite(trpc.vms.restorePoints.infiniteQueryOptions(restorePointInput(id), restorePointOptions)),
  ])
  return (
    <HydrateClient>
      <VmPage id={id} />
    </HydrateClient>
  )
}
