import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query'
import type { TRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { HubEvent } from '#contracts/events.ts'
import type { JobView, VmSummary } from '#contracts/views.ts'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { effectOf, type Noun } from './effects.ts'
import { reduceJob, reduceLog } from './reduce-job.ts'
import { reduceVms } from './reduce-vms.ts'

type Api = TRPCOptionsProxy<AppRouter>

/** What the cache holds of one machine; of all of them when the event names none. */
function vmKeys(api: Api, { data }: HubEvent): QueryKey[] {
  const one = 'vmId' in data ? [{ input: { id: data.vmId } }] : []
  return [api.vms.get, api.vms.restorePoints, api.vms.timeline].map((of) => [...of.pathKey(), ...one])
}

/** Every cached answer that shows the noun. */
const keysOf = (api: Api, event: HubEvent): Record<Noun, QueryKey[]> => ({
  job: [api.backups.get.pathKey()],
  jobs: [api.backups.list.pathKey()],
  log: [api.backups.events.pathKey()],
  restorePoints: [api.backups.restorePoints.pathKey()],
  vms: [api.vms.list.pathKey()],
  vm: vmKeys(api, event),
  appliances: [api.appliances.pathKey()],
  repositories: [api.repositories.pathKey()],
  exports: [api.exports.pathKey()],
  tunnels: [api.tunnels.pathKey()],
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
  if (nouns.includes('vms')) {
    cache.setQueryData<VmSummary[]>(api.vms.list.queryKey(), (vms) => vms && reduceVms(vms, event))
  }
}

/** Puts events into the cache, in order; what has to be asked for again is asked for once. */
export function applyEvents(api: Api, cache: QueryClient, events: readonly HubEvent[]): void {
  for (const event of events) patch(api, cache, event)
  const keys = events.flatMap((event) => effectOf(event).refetch.flatMap((noun) => keysOf(api, event)[noun]))
  const once = new Map(keys.map((queryKey) => [hashKey(queryKey), queryKey]))
  for (const queryKey of once.values()) void cache.invalidateQueries({ queryKey })
}

/** Puts events into the cache without asking for anything: for an answer that is older than what the tab knows. */
export function patchEvents(api: Api, cache: QueryClient, events: readonly HubEvent[]): void {
  for (const event of events) patch(api, cache, event)
}
