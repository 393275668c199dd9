'use client'

import { ApplianceCheck } from '#components/checks/appliance-check.tsx'
import { clockWords } from '#components/diagnosis/clock.ts'
import { ClockNotice } from '#components/diagnosis/clock-notice.tsx'
import { Time } from '#components/format/time.tsx'
import { Copyable } from '#components/ui/copy.tsx'
import { Card, Code, Figure, Figures } from '#components/ui/layout.tsx'
import type { ApplianceView } from '#contracts/views.ts'
import { useApplianceActions } from './appliance-actions.tsx'
import { ApplianceNotice } from './appliance-notice.tsx'
import { RateLimit } from './rate-limit.tsx'
import { ApplianceState } from './state.tsx'
import { Tools } from './tools.tsx'

/** One appliance: how it is, what it has, and what can be done about it. */
export function ApplianceCard({ appliance }: { appliance: ApplianceView }) {
  const { buttons, outcomes, any } = useApplianceActions(appliance)
  const { connectedAt, lastSeenAt, roundTripMs, clockOffsetMs, protocol, buildId } = appliance
  // Who never dialled in has told nothing: six times "not known" would only hide what to do.
  const silent = lastSeenAt === null && appliance.state !== 'mismatch'
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="min-w-0 font-semibold text-base [overflow-wrap:anywhere]">{appliance.name}</h2>
          <ApplianceState state={appliance.state} pill />
        </div>
        {buttons}
      </div>
      <div className="mt-4 empty:hidden [&>*]:mb-0">
        <ApplianceNotice appliance={appliance} />
        <ClockNotice job={{ applianceName: appliance.name, clockOffsetMs }} />
      </div>
      {any && <div className="mt-4 grid gap-2 [&>*]:mb-0">{outcomes}</div>}
      {!silent && (
        <div className="mt-4">
          <Figures>
            <Figure name="Virtual machines">{appliance.vmCount}</Figure>
            <Figure name="Tunnel since">{connectedAt === null ? 'Not connected' : <Time at={connectedAt} />}</Figure>
            <Figure name="Round trip">{roundTripMs === null ? 'Not known' : `${roundTripMs.toFixed(1)} ms`}</Figure>
            <Figure name="Its clock">
              <span data-testid="clock">{clockOffsetMs === null ? 'Not measured' : clockWords(clockOffsetMs)}</span>
            </Figure>
            <Figure name="Last seen">{lastSeenAt === null ? 'Never' : <Time at={lastSeenAt} />}</Figure>
            <Figure name="Build">
              {buildId === null ? 'Not known' : <Code>{buildId}</Code>}
              {protocol !== null && <span className="block text-muted text-xs">protocol {protocol}</span>}
            </Figure>
          </Figures>
        </div>
      )}
      <div className="mt-4 grid gap-3 border-line border-t pt-3">
        {!silent && (
          <>
            <Part name="Last check" of={appliance.name}>
              <ApplianceCheck
                applianceId={appliance.id}
                paused={appliance.state === 'paused' || appliance.state === 'revoked'}
              />
            </Part>
            <Part name="Tools found" of={appliance.name}>
              <Tools tools={appliance.tools} />
            </Part>
          </>
        )}
        {appliance.state !== 'revoked' && (
          <Part name="Rate limit" of={appliance.name}>
            <RateLimit appliance={appliance} />
          </Part>
        )}
        <Part name="Key" of={appliance.name}>
          <Copyable text={appliance.fingerprint} label="Copy the key’s fingerprint" />
        </Part>
        <Part name="Its API here" of={appliance.name}>
          <Code>127.0.0.1:{appliance.apiPort}</Code>
        </Part>
      </div>
    </Card>
  )
}

/** Its name for screen readers says whose it is: a page has many of these. */
function Part({ name, of, children }: { name: string; of: string; children: React.ReactNode }) {
  return (
    <section aria-label={`${name}, ${of}`} className="grid items-baseline gap-x-4 gap-y-1 sm:grid-cols-[7rem_1fr]">
      <h3 className="text-muted text-xs">{name}</h3>
      <div className="min-w-0">{children}</div>
    </section>
  )
}
