import type { VmSummary } from '#contracts/views.ts'
import type { Prisma, PrismaClient } from '../../db/client.ts'
import type { HubServices } from '../api.ts'
import { backupInclude, summaryInclude, toBackupView, toJobSummary } from '../backups/views.ts'
import type { Ask } from '../commands/ask.ts'
import { found } from '../found.ts'

const vmInclude = {
  appliance: { select: { name: true, state: true } },
  disks: { orderBy: { key: 'asc' } },
  jobs: { orderBy: { createdAt: 'desc' }, take: 1, include: summaryInclude },
  backups: { orderBy: { takenAt: 'desc' }, take: 1, select: { takenAt: true } },
} satisfies Prisma.VirtualMachineInclude

function toVmSummary(vm: Prisma.VirtualMachineGetPayload<{ include: typeof vmInclude }>): VmSummary {
  const newest = vm.jobs[0]
  return {
    id: vm.id,
    name: vm.name,
    slug: vm.slug,
    applianceId: vm.applianceId,
    applianceName: vm.appliance.name,
    applianceState: vm.appliance.state,
    source: vm.sourceName,
    sourceKind: vm.sourceKind,
    missing: vm.missing,
    sizeBytes: vm.disks.reduce((sum, disk) => sum + Number(disk.sizeBytes), 0),
    diskCount: vm.disks.length,
    lastBackupAt: vm.backups[0]?.takenAt.toISOString() ?? null,
    lastJob: newest ? toJobSummary(newest) : null,
  }
}

/** Virtual machines as the appliances list them. */
export function createVms(prisma: PrismaClient, ask: Ask): HubServices['vms'] {
  return {
    async list() {
      const vms = await prisma.virtualMachine.findMany({
        orderBy: [{ name: 'asc' }, { slug: 'asc' }],
        include: vmInclude,
      })
      return vms.map(toVmSummary)
    },

    async get(vmId) {
      const vm = found(
        await prisma.virtualMachine.findUnique({ where: { id: vmId }, include: vmInclude }),
        'virtual machine',
        vmId,
      )
      const [jobs, backups] = await Promise.all([
        prisma.job.findMany({ where: { vmId }, orderBy: { createdAt: 'desc' }, take: 50, include: summaryInclude }),
        prisma.backup.findMany({ where: { vmId }, orderBy: { takenAt: 'desc' }, take: 200, include: backupInclude }),
      ])
      return {
        ...toVmSummary(vm),
        disks: vm.disks.map(({ key, label, sizeBytes }) => ({ key, label, sizeBytes: Number(sizeBytes) })),
        jobs: jobs.map(toJobSummary),
        backups: backups.map(toBackupView),
      }
    },

    async refresh(applianceId) {
      found(
        await prisma.appliance.findUnique({ where: { id: applianceId }, select: { id: true } }),
        'appliance',
        applianceId,
      )
      return ask('vms.refresh', { applianceId }, 30_000)
    },
  }
}
