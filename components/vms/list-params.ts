'use client'

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { shows } from './filter.ts'
import { type SortParam, sortParams } from './sort.ts'

const parsers = {
  q: parseAsString.withDefault(''),
  show: parseAsStringLiteral(shows).withDefault('all'),
  appliance: parseAsString.withDefault(''),
  sort: parseAsStringLiteral<SortParam>(sortParams).withDefault('name'),
}

/** Search, filter and order of the list, held in the address: what one sees can be sent to a colleague. */
export const useListParams = () => useQueryStates(parsers, { history: 'replace' })
export type ListParams = ReturnType<typeof useListParams>[0]
export type SetListParams = ReturnType<typeof useListParams>[1]
