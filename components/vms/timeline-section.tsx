'use client'

import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { StandingStatus } from '#components/points/point-status.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Skeleton, Waiting } from '#components/ui/skeleton.tsx'
import { Status } from '#components/ui/status.tsx'
import { type Column, Table } from '#components/ui/table.tsx'
import { fixedByWords } from '#contracts/fixed-by.ts'
import type { VmTimeline } from '#contracts/views.ts'
import { Timeline } from './timeline.tsx'

type Way = 'chart' | 'table'

const columns: readonly Column<VmTimeline['points'][number]>[] = [
  { head: 'Taken', cell: ({ takenAt }) => <Time at={takenAt} /> },
  { head: 'State', cell: ({ standing }) => <StandingStatus standing={standing} /> },
  { head: 'Type', cell: () => 'Full' },
  {
    head: 'State',
    cell: ({ stateUnknown }) => (stateUnknown ? <Status tone="warn" label={fixedByWords.unknown} /> : 'Known'),
  },
  { head: 'Stored', numeric: true, cell: ({ storedBytes }) => <Bytes value={storedBytes} /> },
  { head: 'Repository', from: 'sm', cell: ({ repositoryName }) => repositoryName },
  {
    head: 'Backup',
    from: 'md',
    cell: ({ id }) => (
      <Link href={`/backups/${encodeURIComponent(id)}`} className="font-mono text-code">
        {id}
      </Link>
    ),
  },
]

/** The machine's restore points over time, as a chart or as a table. Nothing while there is none. */
export function TimelineSection({ vmId }: { vmId: string }) {
  const api = useTRPC()
  const query = useQuery(api.vms.timeline.queryOptions({ id: vmId }))
  const [way, setWay] = useState<Way>('chart')
  if (query.data?.points.length === 0) return null
  return (
    <Section
      title="Timeline"
      actions={
        <Segmented<Way>
          label="Timeline as"
          value={way}
          options={[
            { value: 'chart', label: 'Chart' },
            { value: 'table', label: 'Table' },
          ]}
          onChange={setWay}
        />
      }
    >
      <Loaded query={query} skeleton={<TimelineSkeleton />}>
        {(timeline) =>
          way === 'chart' ? (
            <Card>
              <Timeline timeline={timeline} />
              <Legend timeline={timeline} />
            </Card>
          ) : (
            <div className="max-h-96 overflow-y-auto rounded-lg">
              <Table
                caption="Restore points by time"
                columns={columns}
                rows={timeline.points.toReversed()}
                rowKey={({ id }) => id}
              />
            </div>
          )
        }
      </Loaded>
    </Section>
  )
}

function Legend({ timeline: { points, total, failures } }: { timeline: VmTimeline }) {
  const parts = [
    points.length < total ? `The newest ${points.length} of ${total} restore points.` : null,
    'The height of a bar is the room the restore point takes.',
  ]
  return (
    <p className="mt-1 flex flex-wrap gap-x-4 text-muted text-xs">
      <span>{parts.filter(Boolean).join(' ')}</span>
      {failures.length > 0 && (
        <span className="inline-flex items-center gap-1">
          <X className="size-3.5 text-bad" strokeWidth={3} aria-hidden="true" />
          {failures.length === 1 ? '1 failed backup' : `${failures.length} failed backups`}
        </span>
      )}
    </p>
  )
}

function TimelineSkeleton() {
  return (
    <Waiting what="the timeline">
      <Card>
        <Skeleton className="h-[216px]" />
      </Card>
    </Waiting>
  )
}
