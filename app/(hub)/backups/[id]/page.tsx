import type { Metadata } from 'next'
import { BackupPage } from '#components/backups/backup-page.tsx'
import { isTerminal } from '#contracts/job-states.ts'
import type { JobView } from '#contracts/views.ts'
import { HydrateClient, prefetch, prefetchOne, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

interface Props {
  params: Promise<{ id: string }>
}

export const metadata: Metadata = { title: 'Backup' }

export default async function Page({ params }: Props) {
  await requireSession()
  const id = decodeURIComponent((await params).id)
  const job = await prefetchOne<JobView>(trpc.backups.get.queryOptions({ id }))
  if (job) {
    const { id: jobId } = job
    await Promise.all([
      prefetch(trpc.backups.events.queryOptions({ jobId }), trpc.backups.samples.queryOptions({ jobId })),
      isTerminal(job.state) && prefetch(trpc.backups.replay.queryOptions({ jobId })),
    ])
  }
  return (
    <HydrateClient>
      <BackupPage id={id} />
    </HydrateClient>
  )
}
