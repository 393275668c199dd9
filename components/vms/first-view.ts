import type { VmSummary } from '#contracts/views.ts'
import { appliancesOf, filterVms, type Show } from './filter.ts'
import type { ListFilters } from './list-filters.ts'
import { comparisons, readSort, type SortParam } from './sort.ts'

/** A longer list comes after the page; its first rows come in it. */
export const LONGEST_IN_PAGE = 100
/** As many as the server renders (`use-rows.ts`): each of them is read, laid out and taken over before the page can be used. */
const FIRST_ROWS = 28

/** What the list shows for the filters of an address. */
export interface ListView {
  /** In order, or only the first of them. */
  rows: readonly VmSummary[]
  /** Machines that match, and machines there are. */
  matching: number
  total: number
  counts: Record<Show, number>
  appliances: readonly string[]
}

/** The first rows of a long list, and the filters they were made for. */
export interface FirstView extends ListView {
  filters: ListFilters
}

/** What matches, in the order of the list's source. */
export function viewOf(vms: readonly VmSummary[], { q, show, appliance }: Omit<ListFilters, 'sort'>): ListView {
  const { rows, counts } = filterVms(vms, { search: q, show, appliance })
  return { rows, matching: rows.length, total: vms.length, counts, appliances: appliancesOf(vms) }
}

/** As the table orders them: what is equal stays as it came. */
function sorted(rows: readonly VmSummary[], sort: SortParam): VmSummary[] {
  const { id, desc } = readSort(sort)
  const compare = comparisons[id]
  return rows.toSorted((a, b) => (desc ? -compare(a, b) : compare(a, b)))
}

export function firstView(vms: readonly VmSummary[], filters: ListFilters): FirstView {
  const whole = viewOf(vms, filters)
  return { ...whole, rows: sorted(whole.rows, filters.sort).slice(0, FIRST_ROWS), filters }
}

/** False: those rows say nothing of what these filters would show. */
export function isFor({ filters }: FirstView, { q, show, appliance, sort }: ListFilters): boolean {
  return q === filters.q && show === filters.show && appliance === filters.appliance && sort === filters.sort
}
