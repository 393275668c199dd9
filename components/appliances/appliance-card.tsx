'use client'

import { useMutation } from '@tanstack/react-query'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Card, Code, Facts } from '#components/ui/layout.tsx'
import { ProbeLine } from '#components/ui/probe-result.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { ApplianceView } from '#contracts/views.ts'
import { ApplianceState } from './state.tsx'

/** One appliance: how it is, what it has, and what can be done about it. */
export function ApplianceCard({ appliance }: { appliance: ApplianceView }) {
  const api = useTRPC()
  const probe = useMutation(api.appliances.probe.mutationOptions())
  const start = useMutation(api.appliances.start.mutationOptions())
  const stop = useMutation(api.appliances.stop.mutationOptions())
  const { id, state, problem, tools } = appliance
  const failed = probe.error ?? start.error ?? stop.error
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <h2 className="font-semibold">{appliance.name}</h2>
        <ApplianceState state={state} />
      </div>
      {problem && <ProblemPanel problem={problem} title="Something is wrong" />}
      {failed && <ProblemPanel problem={problemOf(failed)} title="Refused" />}
      <Facts
        items={{
          'Virtual machines': appliance.vmCount,
          'Last seen': appliance.lastSeenAt === null ? 'Never' : <Time at={appliance.lastSeenAt} />,
          'Connected since': appliance.connectedAt === null ? '–' : <Time at={appliance.connectedAt} />,
          'Round trip': appliance.roundTripMs === null ? '–' : `${appliance.roundTripMs.toFixed(1)} ms`,
          Build: appliance.buildId === null ? '–' : <Code>{appliance.buildId}</Code>,
          Key: <Code>{appliance.fingerprint}</Code>,
          'Its API on the hub': `127.0.0.1:${appliance.apiPort}`,
          Tools:
            tools.length === 0 ? '–' : tools.map(({ name, version }) => `${name} ${version ?? 'missing'}`).join(', '),
        }}
      />
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <Button busy={probe.isPending} onClick={() => probe.mutate({ id })}>
          {probe.isPending ? 'Asking…' : 'Probe'}
        </Button>
        {state === 'paused' ? (
          <Button busy={start.isPending} onClick={() => start.mutate({ id })}>
            Let in again
          </Button>
        ) : (
          <ConfirmButton
            label="Pause"
            question="Take its key out and end its sessions?"
            yes="Yes, pause it"
            no="No"
            busy={stop.isPending}
            onConfirm={() => stop.mutate({ id })}
          />
        )}
        {probe.data && <ProbeLine result={probe.data} />}
      </div>
    </Card>
  )
}
