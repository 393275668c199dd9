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
import type { TunnelView } from '#contracts/views.ts'

/** Every SSH session that lives on the hub's sshd. */
export function TunnelList() {
  const api = useTRPC()
  const query = useQuery(api.tunnels.list.queryOptions())
  return (
    <Section title="Tunnels">
      <Loaded query={query}>
        {(tunnels) =>
          tunnels.length === 0 ? (
            <Empty action={<Link href="/appliances">See the appliances</Link>}>No appliance is connected.</Empty>
          ) : (
            <ul className="grid gap-3" data-testid="tunnels">
              {tunnels.map((tunnel) => (
                <li key={tunnel.id}>
                  <Tunnel tunnel={tunnel} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  )
}

function Tunnel({ tunnel }: { tunnel: TunnelView }) {
  const api = useTRPC()
  const probe = useMutation(api.tunnels.probe.mutationOptions())
  const renew = useMutation(api.tunnels.start.mutationOptions())
  const stop = useMutation(api.tunnels.stop.mutationOptions())
  const failed = probe.error ?? renew.error ?? stop.error
  const { applianceId } = tunnel
  const control = tunnel.kind === 'control'
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">
          {control ? 'Control' : 'Data'} of {tunnel.applianceName ?? 'an unknown appliance'}
        </h3>
        <Status tone="ok" label="Connected" />
      </div>
      {failed && <ProblemPanel problem={problemOf(failed)} title="Refused" />}
      <Facts
        items={{
          From: tunnel.peer,
          Since: <Time at={tunnel.since} />,
          Key: <Code>{tunnel.fingerprint}</Code>,
          Process: tunnel.pid,
          Backup: tunnel.jobId === null ? '–' : <Link href={`/backups/${tunnel.jobId}`}>{tunnel.jobId}</Link>,
        }}
      />
      <div className="mt-3 flex flex-wrap items-center gap-2">
        {control && applianceId !== null && (
          <>
            <Button busy={probe.isPending} onClick={() => probe.mutate({ applianceId })}>
              {probe.isPending ? 'Asking…' : 'Probe'}
            </Button>
            <Button busy={renew.isPending} onClick={() => renew.mutate({ applianceId })}>
              {renew.isPending ? 'Dialling again…' : 'Dial again'}
            </Button>
          </>
        )}
        <ConfirmButton
          label="Stop"
          question={control ? 'End it? The appliance dials again by itself.' : 'The backup that uses it fails. End it?'}
          yes="Yes, end it"
          no="No"
          busy={stop.isPending}
          onConfirm={() => stop.mutate({ id: tunnel.id })}
        />
        {probe.data && <ProbeLine result={probe.data} />}
      </div>
    </Card>
  )
}
