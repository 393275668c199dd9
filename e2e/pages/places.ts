import type { BackupView, JobSummary, VmSummary } from '#contracts/views.ts'
import type { Api } from '../fixtures/api.ts'
import type { StackInfo } from '../fixtures/stack-info.ts'

/** The places of the rail, by the names a person reads. */
export const places = [
  { path: '/', name: 'Overview' },
  { path: '/vms', name: 'Virtual machines' },
  { path: '/backups', name: 'Backups' },
  { path: '/repositories', name: 'Repositories' },
  { path: '/appliances', name: 'Appliances' },
  { path: '/exports', name: 'Exports & tunnels' },
  { path: '/housekeeping', name: 'Housekeeping' },
  { path: '/settings', name: 'Settings' },
] as const

async function idOf(api: Api, vmName: string): Promise<string> {
  const vm = (await api.query<VmSummary[]>('vms.list')).find(({ name }) => name === vmName)
  if (!vm) throw new Error(`${vmName} is not in the inventory`)
  return vm.id
}

/** Asks for a full backup of a machine, into the first repository. */
export async function startBackup(api: Api, vmName: string): Promise<JobSummary> {
  const [repository] = await api.query<{ id: string }[]>('repositories.list')
  return api.mutate('backups.start', { vmId: await idOf(api, vmName), repositoryId: repository?.id, type: 'full' })
}

/** Things for pages to show: the addresses of a machine with a restore point, and of that one. Made on the first call. */
export async function withHistory(api: Api, stack: StackInfo): Promise<{ vm: string; backup: string }> {
  const vmId = await idOf(api, stack.vmName)
  const newest = async () => (await api.query<BackupView[]>('backups.restorePoints', { vmId }))[0]
  if (!(await newest())) await api.ended((await startBackup(api, stack.vmName)).id)
  const point = await newest()
  if (!point) throw new Error('the backup for the pages to show did not complete')
  return { vm: `/vms/${vmId}`, backup: `/backups/${encodeURIComponent(point.id)}` }
}
