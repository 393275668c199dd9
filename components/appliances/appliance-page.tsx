'use client'

import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#components/trpc/client.tsx'
import { Empty, PageHeader } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ApplianceCard } from './appliance-card.tsx'
import { RegisterAppliance } from './register-form.tsx'

export function AppliancePage() {
  const api = useTRPC()
  const query = useQuery(api.appliances.list.queryOptions())
  return (
    <>
      <PageHeader title="Appliances" lead="They read the disks, near the hypervisor, and dial in to this hub." />
      <Loaded query={query}>
        {(appliances) =>
          appliances.length === 0 ? (
            <div className="mb-6">
              <Empty>No appliance is registered yet. Register one below.</Empty>
            </div>
          ) : (
            <ul className="mb-6 grid gap-3" data-testid="appliances">
              {appliances.map((appliance) => (
                <li key={appliance.id}>
                  <ApplianceCard appliance={appliance} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <RegisterAppliance />
    </>
  )
}
