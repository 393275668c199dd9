import type { EventData, HubEvent } from '#contracts/events.ts'

/** What can become out of date in the browser. */
export type Noun =
  | 'job'
  | 'jobs'
  | 'log'
  | 'restorePoints'
  | 'vms'
  | 'appliances'
  | 'repositories'
  | 'exports'
  | 'tunnels'
  | 'housekeeping'

export interface Effect {
  /** Put the event itself into what is cached. */
  patch: readonly Extract<Noun, 'job' | 'log'>[]
  /** Ask for these again. */
  refetch: readonly Noun[]
}

/** The one table: event kind → what it does to the query cache. */
const table: { [K in EventData['kind']]: (data: Extract<EventData, { kind: K }>) => Effect } = {
  'job.progress': () => ({ patch: ['job'], refetch: [] }),
  // The view of a job holds more than its state (images, proofs, the problem), so it is asked for again as well.
  'job.state': () => ({ patch: ['job', 'log'], refetch: ['job', 'jobs', 'vms'] }),
  'job.step': () => ({ patch: ['job', 'log'], refetch: [] }),
  'backup.created': () => ({ patch: [], refetch: ['job', 'jobs', 'restorePoints', 'vms', 'repositories'] }),
  'appliance.changed': () => ({ patch: [], refetch: ['appliances', 'vms', 'tunnels'] }),
  'vms.changed': () => ({ patch: [], refetch: ['vms', 'appliances'] }),
  'repository.changed': () => ({ patch: [], refetch: ['repositories'] }),
  'exports.changed': () => ({ patch: [], refetch: ['exports'] }),
  'tunnels.changed': () => ({ patch: [], refetch: ['tunnels', 'appliances'] }),
  'housekeeping.changed': () => ({ patch: [], refetch: ['housekeeping'] }),
}

export function effectOf({ data }: HubEvent): Effect {
  return (table[data.kind] as (data: EventData) => Effect)(data)
}
