'use client'

import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { DiskState } from '#components/backups/disk-state.tsx'
import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { PointNotice } from '#components/points/point-notice.tsx'
import { PointStatus } from '#components/points/point-status.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Code, Empty } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { Status } from '#components/ui/status.tsx'
import { fixedByWords } from '#contracts/fixed-by.ts'
import type { BackupView } from '#contracts/views.ts'
import { restorePointInput, restorePointOptions } from './restore-point-options.ts'

/** Completed backups with the files they are, newest first, in pages. @param total  how many there are */
export function RestorePoints({ vmId, total }: { vmId: string; total: number }) {
  const api = useTRPC()
  const query = useInfiniteQuery(
    api.vms.restorePoints.infiniteQueryOptions(restorePointInput(vmId), restorePointOptions),
  )
  return (
    <Loaded query={query} skeleton={<TableSkeleton what="the restore points" columns={4} />}>
      {({ pages }) => {
        const backups = pages.flatMap(({ items }) => items)
        if (backups.length === 0) return <Empty>There is no restore point yet: a completed backup makes one.</Empty>
        return (
          <>
            <ul
              className="overflow-hidden rounded-lg border border-line bg-surface"
              data-testid="restore-points"
              aria-label="Restore points"
            >
              {backups.map((backup) => (
                <RestorePoint key={backup.id} backup={backup} />
              ))}
            </ul>
            <div className="mt-3 flex flex-wrap items-center gap-3">
              {query.hasNextPage && (
                <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  Show 20 older
                </Button>
              )}
              <span className="text-muted" role="status">
                {backups.length} of {Math.max(total, backups.length)} shown
              </span>
            </div>
          </>
        )
      }}
    </Loaded>
  )
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

function RestorePoint({ backup }: { backup: BackupView }) {
  const { disks } = backup
  return (
    <li className="relative border-line border-b last:border-0">
      <details className="group">
        <summary className="flex min-h-8 flex-wrap items-center gap-x-3 px-3 hover:bg-hover focus-visible:-outline-offset-2 max-lg:pt-1 max-lg:pb-8">
          <ChevronRight
            className="size-4 shrink-0 text-muted motion-safe:transition-transform group-open:rotate-90"
            aria-hidden="true"
          />
          <Time at={backup.takenAt} />
          <PointStatus standing={backup.standing} lookedAt={backup.lookedAt} />
          <span className="min-w-0 text-muted max-lg:basis-full max-lg:truncate max-lg:ps-7">
            Full, {disks.length === 1 ? '1 disk' : `${disks.length} disks`},{' '}
            <Bytes value={sum(disks.map(({ allocatedBytes }) => allocatedBytes))} /> in{' '}
            <bdi>{backup.repositoryName}</bdi>
          </span>
          {disks.some(({ stateFixedBy }) => stateFixedBy === 'unknown') && (
            <Status tone="warn" label={fixedByWords.unknown} />
          )}
        </summary>
        {backup.standing !== 'ok' && (
          <div className="px-3 pt-1 ps-10">
            <PointNotice point={backup} />
          </div>
        )}
        <ul className="grid gap-2 px-3 pt-1 pb-3 ps-10">
          {disks.map((disk) => (
            <li key={disk.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
              <span className="min-w-0">
                Disk <span className="font-mono">{disk.key}</span>: <Bytes value={disk.sizeBytes} />,{' '}
                <Bytes value={disk.allocatedBytes} /> stored, <DiskState fixedBy={disk.stateFixedBy} settled />
                {[disk.stateNote, ...disk.notes]
                  .filter((note) => note !== null)
                  .map((note) => (
                    <span key={note} className="block break-words text-muted">
                      {note}
                    </span>
                  ))}
                <br />
                <Code>{disk.imagePath}</Code>
              </span>
              <Serve backupDiskId={disk.id} />
            </li>
          ))}
        </ul>
      </details>
      <LinkTo id={backup.id} />
    </li>
  )
}

/** Beside the summary, not in it: what folds and what leads on are two things for a keyboard. */
function LinkTo({ id }: { id: string }) {
  return (
    <Link
      href={`/backups/${encodeURIComponent(id)}`}
      title={id}
      className="absolute start-10 top-11 max-w-[calc(100%-3.5rem)] truncate font-mono text-code leading-8 lg:start-auto lg:end-3 lg:top-0 lg:max-w-[48%]"
    >
      {id}
    </Link>
  )
}

/** Serves the disk read-only by qemu-nbd, to look into it. */
function Serve({ backupDiskId }: { backupDiskId: string }) {
  const api = useTRPC()
  const start = useMutation(api.exports.start.mutationOptions())
  if (start.data) {
    return (
      <span role="status">
        Served on port {start.data.port}: <Link href="/exports">Exports &amp; tunnels</Link>
        {start.data.notice !== null && <span className="text-bad"> {start.data.notice}</span>}
      </span>
    )
  }
  return (
    <span className="flex flex-wrap items-center gap-2">
      {start.error && (
        <span role="alert" className="text-bad">
          {problemOf(start.error).happened}
        </span>
      )}
      <Button rule="restore" busy={start.isPending} onClick={() => start.mutate({ backupDiskId })}>
        Serve read-only
      </Button>
    </span>
  )
}
