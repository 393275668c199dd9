import type { HubEvent } from '#contracts/events.ts'
import type { JobState } from '#contracts/job.ts'
import { jobStates } from '#contracts/job-states.ts'
import type { VmSummary } from '#contracts/views.ts'

/** A job's states have one order: a later one is never followed by an earlier one. */
const order = (state: JobState) => jobStates.indexOf(state)

/** True when the event says something newer than the row knows: a later state of its job, or a later job. */
function isNews(known: VmSummary['lastJob'], job: { backupId: string; state: JobState }, at: string): boolean {
  if (known === null) return true
  if (known.backupId === job.backupId) return order(job.state) > order(known.state)
  return Date.parse(at) > Date.parse(known.stateSince)
}

function reduceVm(vm: VmSummary, { at, data }: HubEvent): VmSummary {
  if (data.kind === 'job.state' && isNews(vm.lastJob, data, at))
    return { ...vm, lastJob: { backupId: data.backupId, state: data.state, stateSince: at } }
  // Only what counts, and only when it is the newest of all: what else there is, is the hub's to say.
  const isNewest = (at: string) => !(vm.newestPointAt && vm.newestPointAt >= at)
  if (data.kind === 'backup.created' && data.state === 'ok' && data.takenAt && isNewest(data.takenAt))
    return { ...vm, lastBackupAt: data.takenAt, newestPointAt: data.takenAt, newestStanding: 'ok' }
  return vm
}

/**
 * The list after the event: one row changes, the others stay the same objects. Safe to repeat, and safe on a list that
 * was read after the event. The same list when the event says nothing new.
 */
export function reduceVms(vms: VmSummary[], event: HubEvent): VmSummary[] {
  const { data } = event
  if (data.kind !== 'job.state' && data.kind !== 'backup.created') return vms
  const index = vms.findIndex(({ id }) => id === data.vmId)
  const vm = vms[index]
  if (!vm) return vms
  const next = reduceVm(vm, event)
  return next === vm ? vms : vms.with(index, next)
}
