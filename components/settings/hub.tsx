'use client'

import { useQuery } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { Copyable } from '#components/ui/copy.tsx'
import { Card, Facts, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { Skeleton, Waiting } from '#components/ui/skeleton.tsx'
import { Status } from '#components/ui/status.tsx'

/** Where the hub is reached and where its things lie. */
export interface Addresses {
  dashboard: string
  health: string
  ssh: string
  exportPorts: string
  controlPorts: string
  home: string
}

const word = (ok: boolean) => <Status tone={ok ? 'ok' : 'bad'} label={ok ? 'Answers' : 'Does not answer'} />
const copyable = (text: string, what: string) => <Copyable text={text} label={`Copy ${what}`} />

/** Whether the hub's parts answer, and which build it is. */
export function ThisHub({ version }: { version: string }) {
  const api = useTRPC()
  const query = useQuery(api.system.health.queryOptions())
  return (
    <Section
      title="This hub"
      actions={
        <Button icon={<RefreshCw aria-hidden="true" />} busy={query.isFetching} onClick={() => void query.refetch()}>
          {query.isFetching ? 'Checking…' : 'Check again'}
        </Button>
      }
    >
      <Card>
        <Loaded query={query} skeleton={<HealthSkeleton />}>
          {(health) => (
            <Facts
              items={{
                Database: word(health.database),
                Engine: word(health.engine),
                Version: version,
                Build: copyable(health.buildId, 'the build'),
              }}
            />
          )}
        </Loaded>
      </Card>
    </Section>
  )
}

/** Where people, monitors and appliances reach the hub, and where it lies. */
export function HubAddresses({ addresses }: { addresses: Addresses }) {
  return (
    <Section title="Addresses">
      <Card>
        <Facts
          items={{
            Dashboard: copyable(addresses.dashboard, 'the address'),
            'Health, for monitors': copyable(addresses.health, 'the address of the health'),
            'API, to read and try': (
              <a className="text-accent hover:underline" href="/api/docs">
                {addresses.dashboard}/api/docs
              </a>
            ),
            'Appliances dial in at': copyable(addresses.ssh, 'the SSH address'),
            'Ports of exports': <span>{addresses.exportPorts}, loopback only</span>,
            'Ports of appliances’ APIs': <span>{addresses.controlPorts}, loopback only</span>,
            'Home, with its logs': copyable(addresses.home, 'the path of the home'),
          }}
        />
      </Card>
    </Section>
  )
}

function HealthSkeleton() {
  return (
    <Waiting what="the health">
      <div className="grid gap-3">
        <Skeleton className="w-1/3" />
        <Skeleton className="w-1/3" />
        <Skeleton className="w-1/2" />
      </div>
    </Waiting>
  )
}
