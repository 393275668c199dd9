/** Shared by the server's prefetch and the browser: the key must be the same. */
export const auditListOptions = {
  getNextPageParam: (page: { nextCursor: string | null }) => page.nextCursor ?? undefined,
}
