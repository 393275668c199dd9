import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { TRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { HubEvent } from '#contracts/events.ts'
import type { JobView } from '#contracts/views.ts'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { effectOf, type Noun } from './effects.ts'
import { reduceJob, reduceLog } from './reduce-job.ts'

type Api = TRPCOptionsProxy<AppRouter>

/** Every cached answer that shows the noun. */
const keysOf = (api: Api): Record<Noun, QueryKey[]> => ({
  job: [api.backups.get.pathKey()],
  jobs: [api.backups.list.pathKey()],
  log: [api.backups.events.pathKey()],
  restorePoints: [api.backups.restorePoints.pathKey()],
  vms: [api.vms.pathKey()],
  appliances: [api.appliances.pathKey()],
  repositories: [api.repositories.pathKey()],
  exports: [api.exports.pathKey()],
  tunnels: [api.tunnels.pathKey()],
  housekeeping: [api.housekeeping.pathKey()],
})

function patch(api: Api, cache: QueryClient, event: HubEvent): void {
  const { patch: nouns } = effectOf(event)
  if (nouns.includes('job')) {
    cache.setQueriesData<JobView>({ queryKey: api.backups.get.pathKey() }, (job) => job && reduceJob(job, event))
  }
  if (nouns.includes('log') && event.jobId !== null) {
    const queryKey = api.backups.events.queryKey({ jobId: event.jobId })
    cache.setQueryData<HubEvent[]>(queryKey, (log) => log && reduceLog(log, event))
  }
}

/** Puts events into the cache, in order; what has to be asked for again is asked for once. */
export function applyEvents(api: Api, cache: QueryClient, events: readonly HubEvent[]): void {
  for (const event of events) patch(api, cache, event)
  const nouns = new Set(events.flatMap((event) => effectOf(event).refetch))
  const keys = keysOf(api)
  for (const noun of nouns) for (const queryKey of keys[noun]) void cache.invalidateQueries({ queryKey })
}

/** Puts events into the cache without asking for anything: for an answer that is older than what the tab knows. */
export function patchEvents(api: Api, cache: QueryClient, events: readonly HubEvent[]): void {
  for (const event of events) patch(api, cache, event)
}
