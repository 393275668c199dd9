'use client'

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Archive, SearchX } from 'lucide-react'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button, buttonClass } from '#components/ui/button.tsx'
import { cx } from '#components/ui/cx.ts'
import { Empty, PageHeader } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import type { JobSummary } from '#contracts/views.ts'
import { BackupFilters } from './backup-filters.tsx'
import { JobTable } from './job-table.tsx'
import { backupListOptions, listFilters, listInput } from './list-options.ts'
import { useSettled } from './use-settled.ts'

const parsers = listFilters({ parseAsString, parseAsStringLiteral })

/** Every backup there was and is. The filters stand in the address; the hub does the filtering. */
export function BackupList() {
  const api = useTRPC()
  const [filters, setFilters] = useQueryStates(parsers)
  const search = useSettled(filters.search)
  const query = useInfiniteQuery(
    api.backups.list.infiniteQueryOptions(listInput({ state: filters.state, search }), {
      ...backupListOptions,
      placeholderData: keepPreviousData,
    }),
  )
  const filtered = filters.state !== 'all' || filters.search.trim() !== ''
  return (
    <>
      <PageHeader title="Backups" lead="Every backup job, newest first: running, completed, failed and cancelled." />
      <BackupFilters filters={filters} onChange={(next) => void setFilters(next)} />
      <Loaded query={query} skeleton={<TableSkeleton what="the backups" columns={6} rows={12} />}>
        {({ pages }) => {
          const jobs = pages.flatMap(({ items }) => items)
          if (jobs.length === 0)
            return filtered ? <NothingMatches onAll={() => void setFilters(null)} /> : <NothingYet />
          return (
            <>
              <div className={cx(query.isPlaceholderData && 'opacity-60')} aria-busy={query.isPlaceholderData}>
                <JobTable jobs={jobs} caption="Backups" />
              </div>
              <More jobs={jobs} query={query} />
            </>
          )
        }}
      </Loaded>
    </>
  )
}

function NothingYet() {
  return (
    <Empty
      icon={Archive}
      action={
        <Link data-plain href="/vms" className={buttonClass('primary')}>
          Choose a virtual machine
        </Link>
      }
    >
      No backup has been started yet.
    </Empty>
  )
}

function NothingMatches({ onAll }: { onAll: () => void }) {
  return (
    <Empty icon={SearchX} action={<Button onClick={onAll}>Show all backups</Button>}>
      No backup matches these filters.
    </Empty>
  )
}

interface Paged {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
}

function More({ jobs, query }: { jobs: readonly JobSummary[]; query: Paged }) {
  return (
    <div className="mt-3 flex min-h-8 items-center gap-3 text-muted">
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show older backups
        </Button>
      )}
      <span>
        {query.hasNextPage ? `The newest ${jobs.length}.` : jobs.length === 1 ? '1 backup.' : `${jobs.length} backups.`}
      </span>
    </div>
  )
}
