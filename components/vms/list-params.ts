'use client'

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { listFilters } from './list-filters.ts'

const filters = listFilters({ parseAsString, parseAsStringLiteral })

/** Search, filter and order of the list, held in the address: what one sees can be sent to a colleague. */
export const useListParams = () => useQueryStates(filters, { history: 'replace' })
export type ListParams = ReturnType<typeof useListParams>[0]
export type SetListParams = ReturnType<typeof useListParams>[1]
