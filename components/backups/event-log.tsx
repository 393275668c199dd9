'use client'

import { useQuery } from '@tanstack/react-query'
import { memo, useMemo, useState } from 'react'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { CopyButton } from '#components/ui/copy.tsx'
import { Empty, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { SearchBox } from '#components/ui/search-box.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { Status } from '#components/ui/status.tsx'
import type { HubEvent } from '#contracts/events.ts'
import { exactTime, filterLines, type LogFilter, type LogLine, lineOf, logText, readable } from './log-lines.ts'

const filters = [
  { value: 'all', label: 'All' },
  { value: 'steps', label: 'Steps' },
  { value: 'failures', label: 'Failures' },
] as const

/** What happened in the job, oldest first; grows while it runs. */
export const EventLog = memo(function EventLog({ jobId }: { jobId: string }) {
  const api = useTRPC()
  const query = useQuery(api.backups.events.queryOptions({ jobId }))
  return (
    <Loaded query={query} skeleton={<TableSkeleton what="the log" columns={3} />}>
      {(events) => <Log events={events} />}
    </Loaded>
  )
})

function Log({ events }: { events: HubEvent[] }) {
  const [filter, setFilter] = useState<LogFilter>('all')
  const [search, setSearch] = useState('')
  const lines = useMemo(() => events.map(lineOf).filter((line) => line !== null), [events])
  const shown = useMemo(() => filterLines(lines, filter, search), [lines, filter, search])
  const whole = shown.length === lines.length
  const showAll = () => {
    setFilter('all')
    setSearch('')
  }
  return (
    <Section
      title="What happened"
      actions={
        <div className="flex flex-wrap items-center gap-2 max-sm:w-full">
          <SearchBox
            label="Search the log"
            value={search}
            onChange={setSearch}
            className="w-44 max-w-full max-sm:w-[calc(100%-3.5rem)]"
          />
          <span className="max-sm:order-last">
            <Segmented label="Show" value={filter} options={filters} onChange={setFilter} />
          </span>
          <CopyButton text={() => logText(shown)} label={whole ? 'Copy all lines' : 'Copy the lines shown'} />
        </div>
      }
    >
      {shown.length === 0 ? (
        <Empty action={<Button onClick={showAll}>Show all lines</Button>}>
          {filter === 'failures' && search === '' ? 'No step failed.' : 'No line matches.'}
        </Empty>
      ) : (
        <ol className="rounded-lg border border-line bg-surface" data-testid="events">
          {shown.map((line) => (
            <Line key={line.seq} line={line} />
          ))}
        </ol>
      )}
    </Section>
  )
}

const Line = memo(function Line({ line }: { line: LogLine }) {
  return (
    <li
      data-seq={line.seq}
      className="grid min-h-8 items-baseline gap-x-4 border-line border-b px-3 py-1.5 grid-cols-[9.5rem_1fr] last:border-0 md:grid-cols-[9.5rem_7rem_1fr]"
    >
      <span className="text-muted" title={exactTime(line.at)}>
        <Time at={line.at} />
      </span>
      <Status tone={line.tone} label={line.label} />
      <span className="min-w-0 [overflow-wrap:anywhere] max-md:col-span-2" title={line.message}>
        {readable(line.message)}
      </span>
    </li>
  )
})
