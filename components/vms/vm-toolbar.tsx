'use client'

import { useHydrated } from '#components/format/hydrated.ts'
import { SearchBox } from '#components/ui/search-box.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { type Show, shows, showWords } from './filter.ts'
import type { ListParams, SetListParams } from './list-params.ts'
import type { SortParam } from './sort.ts'

const control = 'h-8 rounded-md border border-line-strong bg-surface px-2 text-text pointer-coarse:h-10'

const orders: readonly [SortParam, string][] = [
  ['name', 'Name'],
  ['backup', 'Oldest backup first'],
  ['-backup', 'Newest backup first'],
  ['state', 'Needs attention first'],
  ['-size', 'Largest first'],
]

/** What narrows the list down. Everything in it stands in the address. */
export function VmToolbar(props: {
  params: ListParams
  onChange: SetListParams
  counts: Record<Show, number>
  appliances: readonly string[]
}) {
  const { params, onChange, counts, appliances } = props
  const hydrated = useHydrated()
  return (
    <search className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox
        label="Search machines"
        placeholder="Search name or appliance"
        disabled={!hydrated}
        value={params.q}
        onChange={(q) => void onChange({ q })}
        className="max-md:w-full md:w-64"
      />
      <Segmented
        label="Show"
        value={params.show}
        options={shows.map((value) => ({
          value,
          label: (
            <>
              {showWords[value]} <span className="font-normal text-muted">{counts[value]}</span>
            </>
          ),
        }))}
        onChange={(show) => void onChange({ show })}
      />
      {appliances.length > 1 && (
        <select
          aria-label="Appliance"
          disabled={!hydrated}
          value={params.appliance}
          onChange={(event) => void onChange({ appliance: event.target.value })}
          className={`max-w-56 max-md:flex-1 ${control}`}
        >
          <option value="">All appliances</option>
          {appliances.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
      <select
        aria-label="Order"
        disabled={!hydrated}
        value={params.sort}
        onChange={(event) => void onChange({ sort: event.target.value as SortParam })}
        className={`flex-1 md:hidden ${control}`}
      >
        {orders.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {!orders.some(([value]) => value === params.sort) && <option value={params.sort}>Another order</option>}
      </select>
    </search>
  )
}
