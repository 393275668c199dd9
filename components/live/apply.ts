import type { Query, QueryClient, QueryKey } from '@tanstack/react-query'
import type { TRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { HubEvent } from '#contracts/events.ts'
import type { JobSamples } from '#contracts/samples.ts'
import type { JobView } from '#contracts/views.ts'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { effectOf, type Noun } from './effects.ts'
import { reduceJob, reduceLog } from './reduce-job.ts'
import { type JobList, reduceList } from './reduce-list.ts'
import { reduceSamples } from './reduce-samples.ts'

type Api = TRPCOptionsProxy<AppRouter>

/** Every cached answer that shows the noun. */
const keysOf = (api: Api): Record<Noun, QueryKey[]> => ({
  job: [api.backups.get.pathKey()],
  jobs: [api.backups.list.pathKey()],
  log: [api.backups.events.pathKey()],
  samples: [api.backups.samples.pathKey()],
  restorePoints: [api.backups.restorePoints.pathKey()],
  vms: [api.vms.pathKey()],
  appliances: [api.appliances.pathKey()],
  repositories: [api.repositories.pathKey()],
  exports: [api.exports.pathKey()],
  tunnels: [api.tunnels.pathKey()],
})

/** Changes the answers that the event is about, and touches no other: what watches those is not even asked. */
function update<T>(cache: QueryClient, queryKey: QueryKey, reduce: (data: T) => T): void {
  for (const query of cache.getQueryCache().findAll({ queryKey })) {
    const data = query.state.data as T | undefined
    if (data === undefined) continue
    const next = reduce(data)
    if (next !== data) cache.setQueryData(query.queryKey, next)
  }
}

function patch(api: Api, cache: QueryClient, event: HubEvent): void {
  const { patch: nouns } = effectOf(event)
  const { jobId } = event
  if (jobId === null) return
  if (nouns.includes('job')) update<JobView>(cache, api.backups.get.pathKey(), (job) => reduceJob(job, event))
  if (nouns.includes('jobs')) update<JobList>(cache, api.backups.list.pathKey(), (list) => reduceList(list, event))
  if (nouns.includes('log'))
    update<HubEvent[]>(cache, api.backups.events.queryKey({ jobId }), (log) => reduceLog(log, event))
  if (nouns.includes('samples'))
    update<JobSamples>(cache, api.backups.samples.queryKey({ jobId }), (samples) => reduceSamples(samples, event))
}

/** Another job's view is not out of date. One that has not arrived yet may be: its answer may be older than the event. */
const isOf = (jobs: ReadonlySet<string | null>) => (query: Query) => {
  const data = query.state.data as JobView | undefined
  return data === undefined || jobs.has(data.id)
}

/** Puts events into the cache, in order; what has to be asked for again is asked for once. */
export function applyEvents(api: Api, cache: QueryClient, events: readonly HubEvent[]): void {
  for (const event of events) patch(api, cache, event)
  const again = events.map((event) => ({ jobId: event.jobId, nouns: effectOf(event).refetch }))
  const keys = keysOf(api)
  for (const noun of new Set(again.flatMap(({ nouns }) => nouns))) {
    const jobs = new Set(again.filter(({ nouns }) => nouns.includes(noun)).map(({ jobId }) => jobId))
    const predicate = noun === 'job' ? isOf(jobs) : () => true
    for (const queryKey of keys[noun]) void cache.invalidateQueries({ queryKey, predicate })
  }
}

/** Puts events into the cache without asking for anything: for an answer that is older than what the tab knows. */
export function patchEvents(api: Api, cache: QueryClient, events: readonly HubEvent[]): void {
  for (const event of events) patch(api, cache, event)
}
