import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query'
import type { TRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { HubEvent } from '#contracts/events.ts'
import type { JobSamples } from '#contracts/samples.ts'
import type { JobView } from '#contracts/views.ts'
import type { AppRouter } from '#server/trpc/routers/_app.ts'

const startsWith = (key: QueryKey, path: QueryKey) => hashKey(key.slice(0, path.length)) === hashKey(path)

/**
 * Calls back with the cursor of each job view, log and row of samples that arrives from the hub: an answer may have been
 * read before events that the tab has applied to what the answer replaces. The list of machines has no cursor (null): it
 * takes every event again without harm.
 */
export function watchAnswers(
  api: TRPCOptionsProxy<AppRouter>,
  cache: QueryClient,
  onAnswer: (cursor: string | null) => void,
): () => void {
  const jobPath = api.backups.get.pathKey()
  const logPath = api.backups.events.pathKey()
  const samplesPath = api.backups.samples.pathKey()
  const vmsPath = api.vms.list.pathKey()
  return cache.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'success' || event.action.manual) return
    const { queryKey } = event.query
    if (startsWith(queryKey, jobPath)) onAnswer((event.action.data as JobView).cursor)
    else if (startsWith(queryKey, samplesPath)) onAnswer((event.action.data as JobSamples).cursor)
    else if (startsWith(queryKey, logPath)) {
      const last = (event.action.data as HubEvent[]).at(-1)
      if (last) onAnswer(last.seq)
    } else if (startsWith(queryKey, vmsPath)) onAnswer(null)
  })
}
