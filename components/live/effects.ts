import type { EventData, HubEvent } from '#contracts/events.ts'
import { isTerminal } from '#contracts/job-states.ts'

/** What can become out of date in the browser. */
export type Noun =
  | 'job'
  /** The views of all jobs that are open: each shows how its restore point stands. */
  | 'jobViews'
  | 'jobs'
  | 'log'
  | 'samples'
  | 'restorePoints'
  /** The list of machines. */
  | 'vms'
  /** The page of the machine the event names; of every machine when it names none. */
  | 'vm'
  | 'appliances'
  | 'enrolments'
  | 'repositories'
  | 'exports'
  | 'tunnels'
  | 'overview'
  | 'housekeeping'
  | 'checks'
  /** Whether database and engine are there. */
  | 'system'

export interface Effect {
  /** Put the event itself into what is cached. */
  patch: readonly Extract<Noun, 'job' | 'jobs' | 'log' | 'samples' | 'vms' | 'checks'>[]
  /** Ask for these again; a `job` or a `vm` only when it is the event's own. */
  refetch: readonly Noun[]
}

/** The one table: event kind → what it does to the query cache. */
const table: { [K in EventData['kind']]: (data: Extract<EventData, { kind: K }>) => Effect } = {
  'job.progress': () => ({ patch: ['job', 'samples'], refetch: [] }),
  // The view of a job holds more than its state (images, proofs, the problem), so it is asked for again as well. Lists
  // only change in length when a job begins or ends; in between the state is all they show.
  'job.state': ({ state }) => ({
    patch: ['job', 'jobs', 'log', 'vms'],
    refetch: state === 'queued' || isTerminal(state) ? ['job', 'jobs', 'vm', 'overview'] : ['job', 'vm', 'overview'],
  }),
  'job.verdict': () => ({ patch: ['job', 'log'], refetch: ['overview'] }),
  'job.step': () => ({ patch: ['job', 'log'], refetch: [] }),
  // A row of the list is patched only by a point that counts: anything else has to be asked for.
  'backup.created': ({ takenAt, state }) => ({
    patch: ['vms'],
    refetch: [
      ...(['job', 'jobs', 'restorePoints', 'vm', 'repositories', 'overview'] as const),
      ...(takenAt && state === 'ok' ? [] : ['vms' as const]),
    ],
  }),
  'backup.changed': () => ({
    patch: [],
    refetch: ['jobViews', 'restorePoints', 'vms', 'vm', 'repositories', 'exports', 'overview'],
  }),
  'appliance.changed': () => ({ patch: [], refetch: ['appliances', 'vm', 'tunnels', 'overview'] }),
  'vms.changed': () => ({ patch: [], refetch: ['vms', 'vm', 'appliances', 'overview'] }),
  'enrolments.changed': () => ({ patch: [], refetch: ['enrolments'] }),
  'repository.changed': () => ({ patch: [], refetch: ['repositories', 'overview'] }),
  'exports.changed': () => ({ patch: [], refetch: ['exports'] }),
  'tunnels.changed': () => ({ patch: [], refetch: ['tunnels', 'appliances', 'overview'] }),
  'check.changed': () => ({ patch: ['checks'], refetch: [] }),
  'engine.changed': () => ({ patch: [], refetch: ['system', 'overview'] }),
  'housekeeping.changed': () => ({ patch: [], refetch: ['housekeeping'] }),
}

export function effectOf({ data }: HubEvent): Effect {
  return (table[data.kind] as (data: EventData) => Effect)(data)
}
