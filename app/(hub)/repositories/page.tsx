import type { Metadata } from 'next'
import { RepositoryPage } from '#components/repositories/repository-page.tsx'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Repositories' }

export default async function Page() {
  await requireSession()
  await prefetch(trpc.repositories.list.queryOptions())
  return (
    <HydrateClient>
      <RepositoryPage />
    </HydrateClient>
  )
}
