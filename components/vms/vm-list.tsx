'use client'

import { useQuery } from '@tanstack/react-query'
import { Monitor, SearchX } from 'lucide-react'
import { useDeferredValue, useMemo } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button, buttonClass } from '#components/ui/button.tsx'
import { Empty, PageHeader } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import type { VmSummary } from '#contracts/views.ts'
import { appliancesOf, filterVms } from './filter.ts'
import { useListParams } from './list-params.ts'
import { RefreshInventory } from './refresh-inventory.tsx'
import { VmTable } from './vm-table.tsx'
import { VmToolbar } from './vm-toolbar.tsx'

/** All machines that the appliances list. */
export function VmList() {
  const api = useTRPC()
  const query = useQuery(api.vms.list.queryOptions())
  return (
    <>
      <PageHeader title="Virtual machines" lead="As the appliances list them." actions={<RefreshInventory />} />
      <Loaded query={query} skeleton={<TableSkeleton what="the machines" columns={6} rows={14} />}>
        {(vms) =>
          vms.length === 0 ? (
            <Empty
              icon={Monitor}
              action={
                <Link data-plain className={buttonClass()} href="/appliances">
                  See the appliances
                </Link>
              }
            >
              No virtual machine is known yet: an appliance lists them once it is online.
            </Empty>
          ) : (
            <Found vms={vms} />
          )
        }
      </Loaded>
    </>
  )
}

function Found({ vms }: { vms: readonly VmSummary[] }) {
  const [params, setParams] = useListParams()
  // Typing stays quick while a thousand rows follow a moment later.
  const { q, show, appliance, sort } = useDeferredValue(params)
  const { rows, counts } = useMemo(() => filterVms(vms, { search: q, show, appliance }), [vms, q, show, appliance])
  const appliances = useMemo(() => appliancesOf(vms), [vms])
  return (
    <>
      <VmToolbar params={params} onChange={setParams} counts={counts} appliances={appliances} />
      <p className="sr-only" role="status">
        {rows.length === vms.length ? '' : `${rows.length} of ${vms.length} machines`}
      </p>
      {rows.length === 0 ? (
        <Empty
          icon={SearchX}
          action={
            <Button onClick={() => void setParams({ q: null, show: null, appliance: null })}>Clear filters</Button>
          }
        >
          None of the {vms.length} machines matches.
        </Empty>
      ) : (
        <VmTable vms={rows} sort={sort} onSort={(next) => void setParams({ sort: next })} />
      )}
    </>
  )
}
