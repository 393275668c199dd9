'use client'

import { useQuery } from '@tanstack/react-query'
import { Cable } from 'lucide-react'
import { useTRPC } from '#components/trpc/client.tsx'
import { buttonClass } from '#components/ui/button.tsx'
import { Empty, Section } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { Rows } from './rows.tsx'
import { TunnelRow, tunnelHeads } from './tunnel-row.tsx'

const columns =
  'xl:grid-cols-[minmax(9rem,1.2fr)_max-content_max-content_minmax(7rem,1fr)_minmax(6rem,1fr)_max-content_max-content_max-content]'

/** Every SSH session that lives on the hub's sshd. */
export function TunnelList() {
  const api = useTRPC()
  const query = useQuery(api.tunnels.list.queryOptions())
  return (
    <Section
      title="Tunnels"
      lead="One control tunnel for each appliance, and a data tunnel of its own for each running backup."
    >
      <Loaded query={query} skeleton={<TableSkeleton what="the tunnels" columns={6} rows={2} />}>
        {(tunnels) =>
          tunnels.length === 0 ? (
            <Empty
              icon={Cable}
              action={
                <Link href="/appliances" data-plain className={buttonClass()}>
                  See the appliances
                </Link>
              }
            >
              No appliance is connected.
            </Empty>
          ) : (
            <Rows heads={tunnelHeads} columns={columns} testId="tunnels">
              {tunnels.map((tunnel) => (
                <TunnelRow key={tunnel.id} tunnel={tunnel} />
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Section>
  )
}
