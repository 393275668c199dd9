'use client'

import { useQuery } from '@tanstack/react-query'
import { HardDriveDownload } from 'lucide-react'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { Empty, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { ExportRow, exportHeads } from './export-row.tsx'
import { Rows } from './rows.tsx'

const columns =
  'xl:grid-cols-[minmax(8rem,1fr)_max-content_max-content_max-content_max-content_max-content_minmax(8rem,1.2fr)_max-content_max-content_max-content]'

/** Every qemu-nbd that lives. */
export function ExportList({ onServe }: { onServe: () => void }) {
  const api = useTRPC()
  const query = useQuery(api.exports.list.queryOptions())
  const serve = (
    <Button icon={<HardDriveDownload aria-hidden="true" />} onClick={onServe}>
      Serve a restore point
    </Button>
  )
  return (
    <Section
      title="Exports"
      actions={query.data?.length === 0 ? null : serve}
      lead="One qemu-nbd for each disk of a running backup, and for each disk that is served by hand."
    >
      <Loaded query={query} skeleton={<TableSkeleton what="the exports" columns={6} rows={2} />}>
        {(exports) =>
          exports.length === 0 ? (
            <Empty icon={HardDriveDownload} action={serve}>
              Nothing is served now: there is an export for each disk while its backup runs.
            </Empty>
          ) : (
            <Rows heads={exportHeads} columns={columns} testId="exports">
              {exports.map((item) => (
                <ExportRow key={item.id} item={item} />
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Section>
  )
}
