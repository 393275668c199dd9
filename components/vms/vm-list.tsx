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
import { type FirstView, isFor, type ListView, viewOf } from './first-view.ts'
import { type ListParams, useListParams } from './list-params.ts'
import { RefreshInventory } from './refresh-inventory.tsx'
import { VmTable } from './vm-table.tsx'
import { VmToolbar } from './vm-toolbar.tsx'

/** All machines that the appliances list. @param first  what stands here until a long list is there */
export function VmList({ first }: { first: FirstView | null }) {
  const api = useTRPC()
  const { data, error, isFetching, refetch } = useQuery(api.vms.list.queryOptions())
  const known: List | undefined = data ?? first ?? undefined
  const query = { data: known, error, isPending: known === undefined, isFetching, refetch }
  return (
    <>
      <PageHeader title="Virtual machines" lead="As the appliances list them." actions={<RefreshInventory />} />
      <Loaded query={query} skeleton={skeleton}>
        {(list) =>
          'length' in list && list.length === 0 ? (
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
            <Found list={list} />
          )
        }
      </Loaded>
    </>
  )
}

const skeleton = <TableSkeleton what="the machines" columns={6} rows={14} />

type List = readonly VmSummary[] | FirstView

function useView(list: List, { q, show, appliance }: ListParams): ListView {
  return useMemo(() => ('filters' in list ? list : viewOf(list, { q, show, appliance })), [list, q, show, appliance])
}

function Found({ list }: { list: List }) {
  const [params, setParams] = useListParams()
  // Typing stays quick while a thousand rows follow a moment later.
  const shown = useDeferredValue(params)
  const { rows, matching, total, counts, appliances } = useView(list, shown)
  const comes = 'filters' in list && !isFor(list, shown)
  return (
    <>
      <VmToolbar params={params} onChange={setParams} counts={counts} appliances={appliances} />
      <p className="sr-only" role="status">
        {matching === total ? '' : `${matching} of ${total} machines`}
      </p>
      {comes ? (
        skeleton
      ) : matching === 0 ? (
        <Empty
          icon={SearchX}
          action={
            <Button onClick={() => void setParams({ q: null, show: null, appliance: null })}>Clear filters</Button>
          }
        >
          None of the {total} machines matches.
        </Empty>
      ) : (
        <VmTable vms={rows} count={matching} sort={shown.sort} onSort={(next) => void setParams({ sort: next })} />
      )}
    </>
  )
}
