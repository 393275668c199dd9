/** Where a byte passes, in order (DESIGN §6). */
export const hops = ['source', 'client', 'tunnel', 'export', 'image'] as const
export type Hop = (typeof hops)[number]

/** What can set the pace of a copy: one of its hops, or the rate limit that people gave its appliance. */
export const paces = [...hops, 'limit'] as const
export type Pace = (typeof paces)[number]
