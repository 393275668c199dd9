import { ApplianceState } from '#components/appliances/state.tsx'
import { Time } from '#components/format/time.tsx'
import { Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import type { OverviewView } from '#contracts/views.ts'
import { Lines } from './lines.tsx'

type Appliance = OverviewView['appliances'][number]

/** Every appliance: whether its tunnel is up, since when, how far away it is. */
export function Appliances({ appliances }: { appliances: readonly Appliance[] }) {
  return (
    <Section title="Appliances and their tunnels" actions={<Link href="/exports">Exports &amp; tunnels</Link>}>
      <Lines testId="overview-appliances" items={appliances} itemKey={({ id }) => id}>
        {(appliance) => <ApplianceLine appliance={appliance} />}
      </Lines>
    </Section>
  )
}

function ApplianceLine({ appliance }: { appliance: Appliance }) {
  const { name, state, roundTripMs, vmCount } = appliance
  return (
    <div className="px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-0.5">
        <Link href="/appliances" className="min-w-0 font-medium [overflow-wrap:anywhere]">
          {name}
        </Link>
        <ApplianceState state={state} />
      </div>
      <p className="mt-0.5 flex flex-wrap justify-between gap-x-4 text-muted">
        <span>{tunnel(appliance)}</span>
        <span className="tabular-nums">
          {vmCount === 1 ? '1 virtual machine' : `${vmCount} virtual machines`}
          {state === 'online' && roundTripMs !== null && `, ${roundTripMs.toFixed(1)} ms`}
        </span>
      </p>
    </div>
  )
}

function tunnel({ state, connectedAt, lastSeenAt }: Appliance) {
  if (state === 'online' && connectedAt !== null)
    return (
      <>
        Tunnel up since <Time at={connectedAt} />
      </>
    )
  if (state === 'paused') return 'No tunnel: it is paused'
  if (state === 'revoked') return 'No tunnel: it is revoked'
  if (lastSeenAt === null) return 'No tunnel yet: it has not dialled in'
  return (
    <>
      No tunnel; last seen <Time at={lastSeenAt} />
    </>
  )
}
