'use client'

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Download, ScrollText } from 'lucide-react'
import { useState } from 'react'
import { useSettled } from '#components/backups/use-settled.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button, buttonClass } from '#components/ui/button.tsx'
import { Empty, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { SearchBox } from '#components/ui/search-box.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { AuditTable } from './audit-table.tsx'
import { DayField, daysBetween } from './days.tsx'
import { auditListOptions } from './list-options.ts'
import { Retention } from './retention.tsx'

const outcomes = [
  { value: 'all', label: 'All' },
  { value: 'done', label: 'Done' },
  { value: 'refused', label: 'Refused' },
  { value: 'failed', label: 'Failed' },
] as const
type Outcome = (typeof outcomes)[number]['value']

/** Who did what, on what, from where, and what became of it: newest first. */
export function Audit() {
  const api = useTRPC()
  const [typed, setTyped] = useState('')
  const [outcome, setOutcome] = useState<Outcome>('all')
  const [days, setDays] = useState({ from: '', to: '' })
  const search = useSettled(typed.trim())
  const range = useSettled(days)
  const filter = {
    ...(search === '' ? {} : { search }),
    ...(outcome === 'all' ? {} : { outcome }),
    ...daysBetween(range),
  }
  const query = useInfiniteQuery(
    api.audit.list.infiniteQueryOptions(filter, { ...auditListOptions, placeholderData: keepPreviousData }),
  )
  return (
    <>
      <Section
        title="Audit trail"
        lead="Every change that somebody asked for, and every sign-in. Nobody can change what stands here."
        actions={<Export filter={filter} />}
      >
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <SearchBox
            label="Search the audit trail"
            placeholder="Person, thing, address or action"
            value={typed}
            onChange={setTyped}
            className="w-80 max-w-full max-sm:w-full"
          />
          <Segmented label="Outcome" value={outcome} options={outcomes} onChange={setOutcome} />
          <DayField label="From" value={days.from} most={days.to} onChange={(from) => setDays({ ...days, from })} />
          <DayField label="To" value={days.to} least={days.from} onChange={(to) => setDays({ ...days, to })} />
        </div>
        <Loaded query={query} skeleton={<TableSkeleton what="the audit trail" columns={6} rows={10} />}>
          {({ pages }) => {
            const entries = pages.flatMap(({ items }) => items)
            if (entries.length === 0) return <Empty icon={ScrollText}>Nothing in the audit trail matches.</Empty>
            return (
              <>
                <AuditTable entries={entries} names={Object.assign({}, ...pages.map(({ names }) => names))} />
                {query.hasNextPage && (
                  <Button className="mt-3" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    Show older entries
                  </Button>
                )}
              </>
            )
          }}
        </Loaded>
      </Section>
      <Retention />
    </>
  )
}

/** All of what the filter finds, not only what is in view. */
function Export({ filter }: { filter: Record<string, string> }) {
  const href = (format: string) => `/api/v1/audit?${new URLSearchParams({ ...filter, format })}`
  return (
    <span className="flex flex-wrap gap-2">
      {(['csv', 'jsonl'] as const).map((format) => (
        <a key={format} data-plain href={href(format)} download className={buttonClass()}>
          <Download aria-hidden="true" className="size-4" />
          {format === 'csv' ? 'CSV' : 'JSON lines'}
        </a>
      ))}
    </span>
  )
}
