import { createColumnHelper, createSortedRowModel, rowSortingFeature, tableFeatures } from '@tanstack/react-table'
import type { VmSummary } from '#contracts/views.ts'
import { comparisons, type SortKey } from './sort.ts'

export const vmFeatures = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() })
const helper = createColumnHelper<typeof vmFeatures, VmSummary>()

const column = (id: SortKey, header: string, sortDescFirst = false) =>
  // The order looks at whole rows; a column without an accessor could not be sorted.
  helper.accessor((vm) => vm.id, {
    id,
    header,
    sortDescFirst,
    sortFn: (a, b) => comparisons[id](a.original, b.original),
  })

export const vmColumns = helper.columns([
  column('name', 'Name'),
  column('backup', 'Last backup'),
  column('state', 'Newest job'),
  column('size', 'Size', true),
  column('disks', 'Disks', true),
  column('appliance', 'Appliance'),
])

/** Columns on a desk; below, a row is two lines. */
export const vmGrid =
  'md:grid md:grid-cols-[minmax(0,1fr)_7rem_8rem_5.5rem_4rem_minmax(0,10rem)] md:items-center md:gap-x-4'
