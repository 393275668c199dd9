/** What came of one task: its value, or what it threw. */
export type Settled<T> = { ok: true; value: T } | { ok: false; error: unknown }

/** Begins the tasks in order, no more than `limit` at once; those that must be alone come after all others. Each answer settles by itself. */
export function sideBySide<T>(
  tasks: readonly { alone: boolean; run: () => Promise<T> }[],
  limit: number,
): Promise<Settled<T>>[] {
  const settlers = tasks.map(() => Promise.withResolvers<Settled<T>>())
  const one = async (index: number) => {
    const settled = await (tasks[index]?.run() ?? Promise.reject(new Error('no task'))).then(
      (value): Settled<T> => ({ ok: true, value }),
      (error: unknown): Settled<T> => ({ ok: false, error }),
    )
    settlers[index]?.resolve(settled)
  }
  const all = tasks.map((_, index) => index)
  const queue = all.filter((index) => !tasks[index]?.alone).values()
  const worker = async () => {
    for (const index of queue) await one(index)
  }
  void (async () => {
    await Promise.all(Array.from({ length: limit }, worker))
    for (const index of all.filter((each) => tasks[each]?.alone)) await one(index)
  })()
  return settlers.map(({ promise }) => promise)
}
