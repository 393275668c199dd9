'use client'

import { useMutation } from '@tanstack/react-query'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Asked } from '#components/ui/asked.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Code } from '#components/ui/layout.tsx'
import { Status } from '#components/ui/status.tsx'
import type { ExportView } from '#contracts/views.ts'
import { BackupLink, Fact, Long, Row } from './rows.tsx'
import { shortPath } from './short-path.ts'

export const exportHeads = ['Export', 'State', 'Port', 'Access', 'Connections', 'Image', 'Owner', 'Process', 'Since']

/** One qemu-nbd. */
export function ExportRow({ item }: { item: ExportView }) {
  const api = useTRPC()
  const probe = useMutation(api.exports.probe.mutationOptions())
  const stop = useMutation(api.exports.stop.mutationOptions())
  const running = item.jobId !== null
  const consequence = running
    ? 'A running backup writes through it. It is ended by cancelling the backup; asked here, it is refused.'
    : 'Who reads from it is cut off. The restore point stays as it is and can be served again.'
  const words = (
    <>
      {item.notice !== null && <p className="text-bad">{item.notice}</p>}
      {!item.alive && <p>Its process has ended by itself. “Stop” takes it off the list and gives the port back.</p>}
      <Asked error={probe.error ?? stop.error} probe={probe.data} />
    </>
  )
  return (
    <Row
      facts={
        <>
          <Fact name="Export">
            <span title={item.exportName}>
              <Code>{item.exportName}</Code>
            </span>
          </Fact>
          <Fact name="State">
            <Status tone={item.alive ? 'ok' : 'bad'} label={item.alive ? 'Alive' : 'Not running'} />
          </Fact>
          <Fact name="Port">{item.port}</Fact>
          <Fact name="Access">{item.readOnly ? 'Read-only' : 'Written'}</Fact>
          <Fact name="Connections">{item.connections ?? 'Cannot be measured'}</Fact>
          <Fact name="Image">
            <Long text={item.imagePath} label="Copy the image’s path">
              <span className="xl:hidden">{item.imagePath}</span>
              <span className="max-xl:hidden">{shortPath(item.imagePath)}</span>
            </Long>
          </Fact>
          <Fact name="Owner">
            <Owner item={item} />
          </Fact>
          <Fact name="Process">{item.pid ?? '–'}</Fact>
          <Fact name="Since">
            <Time at={item.startedAt} />
          </Fact>
        </>
      }
      buttons={
        <>
          <Button rule="probe" busy={probe.isPending} onClick={() => probe.mutate({ id: item.id })}>
            {probe.isPending ? 'Asking…' : 'Probe'}
          </Button>
          <ConfirmButton
            rule="restore"
            label="Stop"
            question={`Stop serving ${item.exportName}?`}
            consequence={consequence}
            yes="Yes, stop it"
            no="No"
            busy={stop.isPending}
            onConfirm={() => stop.mutate({ id: item.id })}
          />
        </>
      }
      words={words}
    />
  )
}

function Owner({ item: { jobId, backupId } }: { item: ExportView }) {
  if (backupId === null) return 'Somebody, by hand'
  return (
    <>
      <BackupLink id={backupId} />
      {jobId === null && <span className="sr-only"> (served by hand)</span>}
    </>
  )
}
