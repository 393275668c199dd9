'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus, Server } from 'lucide-react'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { useFlag } from '#components/ui/flag.ts'
import { Empty, PageHeader } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { CardsSkeleton } from '#components/ui/skeleton.tsx'
import type { ApplianceView } from '#contracts/views.ts'
import { ApplianceCard } from './appliance-card.tsx'
import { PairAppliance } from './pairing-dialog.tsx'
import { RegisterAppliance } from './register-dialog.tsx'
import { Waiting } from './waiting.tsx'

/** Those that are revoked come last. */
const ordered = (appliances: readonly ApplianceView[]) =>
  appliances.toSorted((a, b) => Number(a.state === 'revoked') - Number(b.state === 'revoked'))

export function AppliancePage() {
  const api = useTRPC()
  const query = useQuery(api.appliances.list.queryOptions())
  const [adding, setAdding] = useFlag('add')
  const [byHand, setByHand] = useFlag('register')
  const add = (
    <Button rule="manage" look="primary" icon={<Plus aria-hidden="true" />} onClick={() => setAdding(true)}>
      Add an appliance
    </Button>
  )
  const none = query.data?.length === 0
  return (
    <>
      <PageHeader
        title="Appliances"
        lead="They read the disks, near the hypervisor, and dial in to this hub."
        actions={none ? null : add}
      />
      <Waiting hidden={adding} />
      <Loaded query={query} skeleton={<CardsSkeleton what="the appliances" />}>
        {(appliances) =>
          none ? (
            <Empty icon={Server} action={add}>
              No appliance may dial in yet: one near the hypervisor reads the disks.
            </Empty>
          ) : (
            <ul className="grid gap-3" data-testid="appliances">
              {ordered(appliances).map((appliance) => (
                <li key={appliance.id}>
                  <ApplianceCard appliance={appliance} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <PairAppliance
        open={adding}
        onOpenChange={setAdding}
        byHand={() => {
          setAdding(false)
          setByHand(true)
        }}
      />
      <RegisterAppliance open={byHand} onOpenChange={setByHand} />
    </>
  )
}
