import type { inferParserType } from 'nuqs/server'
import type { AddressParsers } from '#components/ui/address-parsers.ts'
import { shows } from './filter.ts'
import { type SortParam, sortParams } from './sort.ts'

/** What the list's address holds: read by the server for the first rows, and by the browser. */
export const listFilters = ({ parseAsString, parseAsStringLiteral }: AddressParsers) => ({
  q: parseAsString.withDefault(''),
  show: parseAsStringLiteral(shows).withDefault('all'),
  appliance: parseAsString.withDefault(''),
  sort: parseAsStringLiteral<SortParam>(sortParams).withDefault('name'),
})

export type ListFilters = inferParserType<ReturnType<typeof listFilters>>
