import { type ContentBench, openContentBench } from '#e2e/world/content/bench.ts'
import type { TestServer } from '#e2e/world/database.ts'

/** How many backups one product bears: its logs and its history stay short. */
const BACKUPS_A_STACK = 150

/**
 * Works a list off, so many at once, on a product that is replaced after some of them. What a bench says when it ends
 * (something was left over) goes to `onEnd`.
 */
export async function onBenches<T>(
  items: readonly T[],
  { jobs, server, onEnd }: { jobs: number; server: TestServer; onEnd: (words: string) => void },
  work: (bench: ContentBench, name: string, item: T) => Promise<void>,
): Promise<void> {
  const exportPorts = Math.min(40, Math.max(16, 4 * jobs))
  for (let first = 0; first < items.length; first += BACKUPS_A_STACK) {
    const left = items.slice(first, first + BACKUPS_A_STACK)
    try {
      await using bench = await openContentBench({ server, exportPorts })
      const slot = async (name: string) => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) await work(bench, name, next)
      }
      await Promise.all(Array.from({ length: jobs }, (_, index) => slot(`content-${index + 1}`)))
      for (const words of await bench.deleteKept()) onEnd(`not deleted when it was asked for: ${words}`)
      for (const words of await bench.stack.leaks()) onEnd(`left: ${words}`)
    } catch (error) {
      onEnd(`the product: ${error instanceof Error ? error.message : String(error)}`)
      // Nobody tried them.
      if (left.length > 0) onEnd(`${left.length} were not tried`)
    }
  }
}
