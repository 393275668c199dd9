'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Card, Code, Empty, Facts, Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProbeLine } from '#components/ui/probe-result.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import type { ExportView } from '#contracts/views.ts'

/** Every qemu-nbd that lives. */
export function ExportList() {
  const api = useTRPC()
  const query = useQuery(api.exports.list.queryOptions())
  return (
    <Section title="Exports">
      <Loaded query={query}>
        {(exports) =>
          exports.length === 0 ? (
            <Empty>Nothing is served: there is an export for each disk while its backup runs.</Empty>
          ) : (
            <ul className="grid gap-3" data-testid="exports">
              {exports.map((item) => (
                <li key={item.id}>
                  <Export item={item} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  )
}

function Export({ item }: { item: ExportView }) {
  const api = useTRPC()
  const probe = useMutation(api.exports.probe.mutationOptions())
  const stop = useMutation(api.exports.stop.mutationOptions())
  const failed = probe.error ?? stop.error
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <h3 className="min-w-0">
          <Code>{item.exportName}</Code>
        </h3>
        <Status tone={item.alive ? 'ok' : 'bad'} label={item.alive ? 'Alive' : 'Not running'} />
      </div>
      {failed && <ProblemPanel problem={problemOf(failed)} title="Refused" />}
      <Facts
        items={{
          Address: `127.0.0.1:${item.port}`,
          Access: item.readOnly ? 'Read-only' : 'Written by a backup',
          Connections: item.connections ?? 'Cannot be measured',
          Process: item.pid ?? '–',
          Image: <Code>{item.imagePath}</Code>,
          Since: <Time at={item.startedAt} />,
          Backup: item.jobId === null ? '–' : <Link href={`/backups/${item.jobId}`}>{item.jobId}</Link>,
        }}
      />
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <Button busy={probe.isPending} onClick={() => probe.mutate({ id: item.id })}>
          {probe.isPending ? 'Asking…' : 'Probe'}
        </Button>
        <ConfirmButton
          label="Stop"
          question={item.readOnly ? 'Stop serving it?' : 'A backup writes through it and would fail. Stop it?'}
          yes="Yes, stop it"
          no="No"
          busy={stop.isPending}
          onConfirm={() => stop.mutate({ id: item.id })}
        />
        {probe.data && <ProbeLine result={probe.data} />}
      </div>
    </Card>
  )
}
