'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { Empty, PageHeader } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { JobTable } from './job-table.tsx'
import { backupListOptions } from './list-options.ts'

export function BackupList() {
  const api = useTRPC()
  const query = useInfiniteQuery(api.backups.list.infiniteQueryOptions({}, backupListOptions))
  return (
    <>
      <PageHeader title="Backups" lead="Every backup that was asked for, whether it runs, completed or failed." />
      <Loaded query={query}>
        {({ pages }) => {
          const jobs = pages.flatMap(({ items }) => items)
          if (jobs.length === 0) {
            return (
              <Empty action={<Link href="/vms">Choose a virtual machine</Link>}>No backup was asked for yet.</Empty>
            )
          }
          return (
            <>
              <JobTable jobs={jobs} caption="Backups" />
              {query.hasNextPage && (
                <div className="mt-3">
                  <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    Older backups
                  </Button>
                </div>
              )}
            </>
          )
        }}
      </Loaded>
    </>
  )
}
