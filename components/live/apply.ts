import type { Query, QueryClient, QueryKey } from '@tanstack/react-query'
import type { TRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { VmCheck } from '#contracts/check.ts'
import type { HubEvent } from '#contracts/events.ts'
import type { JobSamples } from '#contracts/samples.ts'
import type { JobView, VmSummary } from '#contracts/views.ts'
import type { AppRouter } from '#server/trpc/routers/_app.ts'
import { copiedKey, copiedPercent } from './copied.ts'
import { effectOf, type Noun } from './effects.ts'
import { newerCheck, reduceChecks } from './reduce-checks.ts'
import { reduceJob, reduceLog } from './reduce-job.ts'
import { type JobList, reduceList } from './reduce-list.ts'
import { reduceSamples } from './reduce-samples.ts'
import { reduceVms } from './reduce-vms.ts'

type Api = TRPCOptionsProxy<AppRouter>

/** What is out of date: a noun, one job's view, or one machine's page. */
export type Outdated = Exclude<Noun, 'job'> | `job ${string}` | `vm ${string}`

/** Every cached answer that shows the noun. */
const keysOf = (api: Api): Record<Noun, QueryKey[]> => ({
  job: [api.backups.get.pathKey()],
  jobViews: [api.backups.get.pathKey()],
  jobs: [api.backups.list.pathKey()],
  log: [api.backups.events.pathKey()],
  samples: [api.backups.samples.pathKey()],
  restorePoints: [api.backups.restorePoints.pathKey()],
  vms: [api.vms.list.pathKey(), api.overview.machines.pathKey()],
  vm: [api.vms.get, api.vms.restorePoints, api.vms.timeline].map((of) => of.pathKey()),
  appliances: [api.appliances.pathKey()],
  enrolments: [api.enrolments.pathKey()],
  repositories: [api.repositories.pathKey()],
  exports: [api.exports.pathKey()],
  tunnels: [api.tunnels.pathKey()],
  overview: [api.overview.get.pathKey()],
  housekeeping: [api.housekeeping.pathKey()],
  checks: [api.checks.pathKey()],
  system: [api.system.pathKey()],
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

function patchChecks(api: Api, cache: QueryClient, { data }: HubEvent): void {
  if (data.kind !== 'check.changed') return
  const { check } = data
  if (check.vmId === null) update<VmCheck[]>(cache, api.checks.appliances.queryKey(), (all) => reduceChecks(all, check))
  else {
    const queryKey = api.checks.newest.queryKey({ vmId: check.vmId })
    update<VmCheck | null>(cache, queryKey, (present) => newerCheck(present, check))
  }
}

function patch(api: Api, cache: QueryClient, event: HubEvent): void {
  const { patch: nouns } = effectOf(event)
  const { jobId } = event
  if (jobId === null) return
  if (nouns.includes('job')) update<JobView>(cache, api.backups.get.pathKey(), (job) => reduceJob(job, event))
  if (event.data.kind === 'job.progress') cache.setQueryData(copiedKey(jobId), copiedPercent(event.data.disks))
  if (nouns.includes('jobs')) update<JobList>(cache, api.backups.list.pathKey(), (list) => reduceList(list, event))
  if (nouns.includes('vms')) update<VmSummary[]>(cache, api.vms.list.pathKey(), (vms) => reduceVms(vms, event))
  if (nouns.includes('checks')) patchChecks(api, cache, event)
  if (nouns.includes('log'))
    update<HubEvent[]>(cache, api.backups.events.queryKey({ jobId }), (log) => reduceLog(log, event))
  if (nouns.includes('samples'))
    update<JobSamples>(cache, api.backups.samples.queryKey({ jobId }), (samples) => reduceSamples(samples, event))
}

/** Another job's view is not out of date. One that has not arrived yet may be: its answer may be older than the event. */
const isOf = (jobId: string) => (query: Query) => {
  const data = query.state.data as JobView | undefined
  return data === undefined || data.id === jobId
}

/** Asks again for everything in view that shows it; what is not in view is asked for when it comes into view. */
export function refetch(api: Api, cache: QueryClient, outdated: Iterable<Outdated>): void {
  const keys = keysOf(api)
  for (const thing of outdated) {
    const [noun, id] = thing.split(' ') as [Noun, string | undefined]
    for (const path of keys[noun]) {
      const queryKey = noun === 'vm' && id ? [...path, { input: { id } }] : path
      void cache.invalidateQueries({ queryKey, ...(noun === 'job' && id ? { predicate: isOf(id) } : {}) })
    }
  }
}

function outdatedBy(event: HubEvent): Outdated[] {
  const { data, jobId } = event
  return effectOf(event).refetch.flatMap((noun): Outdated[] => {
    if (noun === 'vm' && 'vmId' in data && data.vmId !== null) return [`vm ${data.vmId}`]
    if (noun !== 'job') return [noun]
    return jobId === null ? [] : [`job ${jobId}`]
  })
}

/** Puts events into the cache, in order; what has to be asked for again is asked for once, or told to `outdated`. */
export function applyEvents(
  api: Api,
  cache: QueryClient,
  events: readonly HubEvent[],
  outdated: (things: ReadonlySet<Outdated>) => void = (things) => refetch(api, cache, things),
): void {
  for (const event of events) patch(api, cache, event)
  outdated(new Set(events.flatMap(outdatedBy)))
}

/** Puts events into the cache without asking for anything: for an answer that is older than what the tab knows. */
export function patchEvents(api: Api, cache: QueryClient, events: readonly HubEvent[]): void {
  for (const event of events) patch(api, cache, event)
}
