'use client'

import { useMutation } from '@tanstack/react-query'
import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, Code, Empty } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import type { BackupView } from '#contracts/views.ts'

/** Completed backups with the files they are. */
export function RestorePoints({ backups }: { backups: readonly BackupView[] }) {
  if (backups.length === 0) return <Empty>There is no restore point yet: a completed backup makes one.</Empty>
  return (
    <ul className="grid gap-3" data-testid="restore-points">
      {backups.map((backup) => (
        <li key={backup.id}>
          <Card>
            <div className="flex flex-wrap items-baseline justify-between gap-2">
              <h3 className="font-semibold">
                <Time at={backup.takenAt} />
              </h3>
              <Link href={`/backups/${encodeURIComponent(backup.id)}`} className="font-mono text-code">
                {backup.id}
              </Link>
            </div>
            <p className="mt-1 text-muted">Full, in {backup.repositoryName}</p>
            <ul className="mt-2 grid gap-2">
              {backup.disks.map((disk) => (
                <li key={disk.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
                  <span className="min-w-0">
                    Disk <span className="font-mono">{disk.key}</span>: <Bytes value={disk.sizeBytes} />,{' '}
                    <Bytes value={disk.allocatedBytes} /> on disk
                    <br />
                    <Code>{disk.imagePath}</Code>
                  </span>
                  <Serve backupDiskId={disk.id} />
                </li>
              ))}
            </ul>
          </Card>
        </li>
      ))}
    </ul>
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
      <Button busy={start.isPending} onClick={() => start.mutate({ backupDiskId })}>
        Serve read-only
      </Button>
    </span>
  )
}
