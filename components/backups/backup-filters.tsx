import { SearchBox } from '#components/ui/search-box.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import type { ListState } from './list-options.ts'

const states: readonly { value: ListState; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'running', label: 'Running' },
  { value: 'completed', label: 'Completed' },
  { value: 'failed', label: 'Failed' },
  { value: 'cancelled', label: 'Cancelled' },
]

interface Filters {
  state: ListState
  search: string
}

/** Which backups: by state, and by machine. Cleared parts leave the address. */
export function BackupFilters(props: {
  filters: Filters
  onChange: (next: { state?: ListState | null; search?: string | null }) => void
}) {
  const { filters, onChange } = props
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox
        label="Search by virtual machine or backup"
        value={filters.search}
        onChange={(search) => onChange({ search: search || null })}
        className="w-80 max-w-full max-sm:w-full"
      />
      <Segmented
        label="State"
        value={filters.state}
        options={states}
        onChange={(state) => onChange({ state: state === 'all' ? null : state })}
      />
    </div>
  )
}
