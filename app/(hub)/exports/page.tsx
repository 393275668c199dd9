import type { Metadata } from 'next'
import { ExportsPage } from '#components/exports/exports-page.tsx'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Exports & tunnels' }

export default async function Page() {
  await requireSession()
  await prefetch(trpc.exports.list.queryOptions(), trpc.tunnels.list.queryOptions())
  return (
    <HydrateClient>
      <ExportsPage />
    </HydrateClient>
  )
}
