import { isTerminal } from '#contracts/job-states.ts'
import type { RepositoryView, VmView } from '#contracts/views.ts'
import { formatBytes } from '#lib/format/bytes.ts'

/** Why a backup of the machine cannot start now, in words; null when it can. */
export function refusal(vm: VmView, repository: RepositoryView | null): string | null {
  if (vm.missing) return `${vm.source} no longer lists this machine, so there is nothing to read from.`
  if (runningJob(vm)) return 'A backup of this machine runs already.'
  if (vm.applianceState !== 'online')
    return `The appliance ${vm.applianceName} is ${applianceWords[vm.applianceState]}; a backup needs it online.`
  if (vm.disks.length === 0) return 'This machine has no disks.'
  if (repository === null) return 'There is no repository to back up into.'
  if (repository.problem) return `The repository ${repository.name} has a problem: ${repository.problem.happened}`
  return null
}

/** An appliance's state within a sentence. */
export const applianceWords: Record<VmView['applianceState'], string> = {
  online: 'online',
  offline: 'offline',
  paused: 'paused',
  revoked: 'revoked',
  mismatch: 'of another version',
}

/** The machine's backup that runs now. */
export function runningJob(vm: Pick<VmView, 'lastJob'>) {
  return vm.lastJob !== null && !isTerminal(vm.lastJob.state) ? vm.lastJob : null
}

/** What will happen, before it does. */
export function planSentence(vm: VmView, repository: RepositoryView): string {
  const disks = vm.diskCount === 1 ? '1 disk' : `${vm.diskCount} disks`
  return `Reads ${disks} of ${formatBytes(vm.sizeBytes)} in all and keeps ${vm.diskCount === 1 ? 'it as a QCOW2 file' : 'them as QCOW2 files'} in ${repository.name}. Empty parts are left out, so it takes less room than that.`
}

/** What to know about the room there is; null when there is enough for every byte. */
export function spaceNote(vm: VmView, { freeBytes }: RepositoryView): string | null {
  if (freeBytes === null) return 'How much is free cannot be measured now; it is checked before anything is written.'
  if (freeBytes >= vm.sizeBytes) return null
  return 'Less is free than the disks hold at most. The data is counted before anything is written; if it does not fit, the backup ends there.'
}
