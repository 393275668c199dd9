import { Overview } from '#components/overview/overview.tsx'
import { HydrateClient, prefetch, prefetchOne, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

const active = { active: true }

export default async function Page() {
  await requireSession()
  await prefetch(
    trpc.vms.list.queryOptions(),
    trpc.repositories.list.queryOptions(),
    trpc.appliances.list.queryOptions(),
    trpc.backups.restorePoints.queryOptions({}),
  )
  const running = await prefetchOne<{ items: { id: string }[] }>(trpc.backups.list.queryOptions(active))
  await prefetch(...(running?.items ?? []).map(({ id }) => trpc.backups.get.queryOptions({ id })))
  return (
    <HydrateClient>
      <Overview />
    </HydrateClient>
  )
}
