import type { EventData, HubEvent } from '#contracts/events.ts'

/** What can become out of date in the browser. */
export type Noun =
  | 'job'
  | 'jobs'
  | 'log'
  | 'restorePoints'
  /** The list of machines. */
  | 'vms'
  /** The page of the machine the event names; of every machine when it names none. */
  | 'vm'
  | 'appliances'
  | 'repositories'
  | 'exports'
  | 'tunnels'

export interface Effect {
  /** Put the event itself into what is cached. */
  patch: readonly Extract<Noun, 'job' | 'log' | 'vms'>[]
  /** Ask for these again. */
  refetch: readonly Noun[]
}

/** The one table: event kind → what it does to the query cache. */
const table: { [K in EventData['kind']]: (data: Extract<EventData, { kind: K }>) => Effect } = {
  'job.progress': () => ({ patch: ['job'], refetch: [] }),
  // The view of a job holds more than its state (images, proofs, the problem), so it is asked for again as well.
  'job.state': () => ({ patch: ['job', 'log', 'vms'], refetch: ['job', 'jobs', 'vm'] }),
  'job.step': () => ({ patch: ['job', 'log'], refetch: [] }),
  'backup.created': ({ takenAt }) => ({
    patch: ['vms'],
    refetch: ['job', 'jobs', 'restorePoints', 'vm', 'repositories', ...(takenAt ? [] : ['vms' as const])],
  }),
  'appliance.changed': () => ({ patch: [], refetch: ['appliances', 'vm', 'tunnels'] }),
  'vms.changed': () => ({ patch: [], refetch: ['vms', 'vm', 'appliances'] }),
  'repository.changed': () => ({ patch: [], refetch: ['repositories'] }),
  'exports.changed': () => ({ patch: [], refetch: ['exports'] }),
  'tunnels.changed': () => ({ patch: [], refetch: ['tunnels', 'appliances'] }),
}

export function effectOf({ data }: HubEvent): Effect {
  return (table[data.kind] as (data: EventData) => Effect)(data)
}
