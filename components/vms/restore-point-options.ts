/** Shared by the server's prefetch and the browser: the key must be the same. */
export const restorePointOptions = {
  getNextPageParam: (page: { nextCursor: string | null }) => page.nextCursor ?? undefined,
}
export const restorePointInput = (id: string) => ({ id, limit: 20 })
