/** Runs `task` for every item, at most `limit` at once, in order of the list. Rejects with the first rejection after all ended. */
export async function forEachLimited<T>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const workers = Array.from({ length: Math.min(limit, items.length) }, async () => {
    for (const item of queue) await task(item)
  })
  const results = await Promise.allSettled(workers)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
