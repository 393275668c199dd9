import type { AddressParsers } from '#components/ui/address-parsers.ts'

export const listStates = ['all', 'running', 'completed', 'failed', 'cancelled'] as const
export type ListState = (typeof listStates)[number]

/** What the list's address holds: read by the server's prefetch and by the browser. */
export const listFilters = ({ parseAsString, parseAsStringLiteral }: AddressParsers) => ({
  state: parseAsStringLiteral(listStates).withDefault('all'),
  search: parseAsString.withDefault(''),
})

const PAGE = 24

/** What is asked of the hub for the filters in the address. */
export function listInput({ state, search }: { state: ListState; search: string }) {
  const words = search.trim().slice(0, 255)
  return {
    limit: PAGE,
    ...(state === 'all' ? {} : state === 'running' ? { active: true } : { state }),
    ...(words === '' ? {} : { search: words }),
  }
}

/** Shared by the server's prefetch and the browser: the key must be the same. */
export const backupListOptions = {
  getNextPageParam: (page: { nextCursor: string | null }) => page.nextCursor ?? undefined,
}
