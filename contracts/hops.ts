/** Where a byte passes, in order (DESIGN §6). */
export const hops = ['source', 'client', 'tunnel', 'export', 'image'] as const
export type Hop = (typeof hops)[number]
