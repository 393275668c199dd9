'use client'

import { useMutation } from '@tanstack/react-query'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Asked } from '#components/ui/asked.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Code } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Status, type Tone } from '#components/ui/status.tsx'
import type { TunnelView } from '#contracts/views.ts'
import { BackupLink, Fact, Long, Row } from './rows.tsx'

export const tunnelHeads = ['Tunnel', 'State', 'From', 'Key', 'Owner', 'Process', 'Since']

const kinds: Record<TunnelView['kind'], { tone: Tone; label: string; title: string; consequence: string }> = {
  control: {
    tone: 'ok',
    label: 'Connected',
    title: 'Control',
    consequence: 'The appliance dials again by itself within some seconds. Running copies have tunnels of their own.',
  },
  data: {
    tone: 'ok',
    label: 'Connected',
    title: 'Data',
    consequence: 'A running backup copies through it. It is ended by cancelling the backup; asked here, it is refused.',
  },
  unknown: {
    tone: 'warn',
    label: 'Unknown',
    title: 'Unknown',
    consequence: 'Nobody’s backup is known to need it. An appliance whose tunnel it was dials again by itself.',
  },
}

/** One SSH session. */
export function TunnelRow({ tunnel }: { tunnel: TunnelView }) {
  const api = useTRPC()
  const probe = useMutation(api.tunnels.probe.mutationOptions())
  const renew = useMutation(api.tunnels.start.mutationOptions())
  const stop = useMutation(api.tunnels.stop.mutationOptions())
  const { applianceId, fingerprint, kind } = tunnel
  const { tone, label, title, consequence } = kinds[kind]
  const control = kind === 'control' && applianceId !== null
  const words = (
    <>
      {kind === 'unknown' && <Unknown fingerprint={fingerprint} />}
      <Asked error={probe.error ?? renew.error ?? stop.error} probe={probe.data} />
    </>
  )
  return (
    <Row
      facts={
        <>
          <Fact name="Tunnel">
            <span className="font-medium" title={tunnel.applianceName ?? undefined}>
              {kind === 'unknown' ? title : `${title} of ${tunnel.applianceName ?? 'an appliance that is gone'}`}
            </span>
          </Fact>
          <Fact name="State">
            <Status tone={tone} label={label} />
          </Fact>
          <Fact name="From">
            <Code>{tunnel.peer}</Code>
          </Fact>
          <Fact name="Key">
            {fingerprint === null ? (
              'Not known'
            ) : (
              <Long text={fingerprint} label="Copy the key’s fingerprint">
                {fingerprint}
              </Long>
            )}
          </Fact>
          <Fact name="Owner">
            {tunnel.backupId === null ? (
              control ? (
                <Link href="/appliances">The appliance</Link>
              ) : (
                'Nobody'
              )
            ) : (
              <BackupLink id={tunnel.backupId} />
            )}
          </Fact>
          <Fact name="Process">{tunnel.pid}</Fact>
          <Fact name="Since">
            <Time at={tunnel.since} />
          </Fact>
        </>
      }
      buttons={
        <>
          {control && (
            <>
              <Button rule="probe" busy={probe.isPending} onClick={() => probe.mutate({ applianceId })}>
                {probe.isPending ? 'Asking…' : 'Probe'}
              </Button>
              <Button rule="manage" busy={renew.isPending} onClick={() => renew.mutate({ applianceId })}>
                {renew.isPending ? 'Dialling again…' : 'Dial again'}
              </Button>
            </>
          )}
          <ConfirmButton
            rule="manage"
            label="End"
            question="End this tunnel?"
            consequence={consequence}
            yes="Yes, end it"
            no="No"
            busy={stop.isPending}
            onConfirm={() => stop.mutate({ id: tunnel.id })}
          />
        </>
      }
      words={words}
    />
  )
}

function Unknown({ fingerprint }: { fingerprint: string | null }) {
  return (
    <p>
      {fingerprint === null
        ? 'The log no longer says which key it logged in with: it began before the log was cut or the engine restarted. '
        : 'It logged in with a key that is nobody’s any more: no appliance and no running backup has it. '}
      End it if you do not know it: whoever may be here dials in again.
    </p>
  )
}
