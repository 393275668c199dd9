import type { Metadata } from 'next'
import { ExportList } from '#components/exports/export-list.tsx'
import { TunnelList } from '#components/exports/tunnel-list.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Exports & tunnels' }

export default async function Page() {
  await requireSession()
  await prefetch(trpc.exports.list.queryOptions(), trpc.tunnels.list.queryOptions())
  return (
    <HydrateClient>
      <PageHeader title="Exports & tunnels" lead="Every qemu-nbd and every SSH session of this hub that lives." />
      <ExportList />
      <TunnelList />
    </HydrateClient>
  )
}
