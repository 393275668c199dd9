'use client'

import { useQueryStates } from 'nuqs'
import { listFilters } from './list-filters.ts'

/** Search, filter and order of the list, held in the address: what one sees can be sent to a colleague. */
export const useListParams = () => useQueryStates(listFilters, { history: 'replace' })
export type ListParams = ReturnType<typeof useListParams>[0]
export type SetListParams = ReturnType<typeof useListParams>[1]
