import type { PrismaClient } from '../../db/client.ts'
import { currentLimits } from '../../db/standing.ts'
import { countRestorePoints, listVms, newestUsable, timelinePoints } from '../../db/vms.ts'
import type { HubServices } from '../api.ts'
import { backupInclude, summaryInclude, toBackupView } from '../backups/views.ts'
import type { Ask } from '../commands/ask.ts'
import { found } from '../found.ts'
import { giversOf, setAllowance } from './allow-unknown.ts'
import { toTimelinePoint, toVmSummary, toVmView, vmInclude } from './views.ts'

/** Jobs on a machine's page. */
const JOBS = 20
/** Restore points and failures that a timeline draws: more cannot be told apart. */
const POINTS = 500

/** Virtual machines as the appliances list them. */
export function createVms(prisma: PrismaClient, ask: Ask, now = () => new Date()): HubServices['vms'] {
  const limits = () => currentLimits(prisma, now())
  return {
    async list() {
      return (await listVms(prisma, await limits())).map(toVmSummary)
    },

    async get(vmId) {
      const look = await limits()
      const [vm, jobs, restorePoints, usable] = await Promise.all([
        prisma.virtualMachine.findUnique({ where: { id: vmId }, include: vmInclude }),
        prisma.job.findMany({ where: { vmId }, orderBy: { createdAt: 'desc' }, take: JOBS, include: summaryInclude }),
        countRestorePoints(prisma, vmId),
        newestUsable(prisma, vmId, look),
      ])
      const machine = found(vm, 'virtual machine', vmId)
      const givers = await giversOf(prisma, machine.disks)
      return toVmView(machine, jobs, { restorePoints, usable, look, givers })
    },

    allowUnknown: (input, actor) => setAllowance(prisma, input, actor),

    async restorePoints({ id, cursor, limit = 20 }) {
      const rows = await prisma.backup.findMany({
        where: { vmId: id },
        orderBy: [{ takenAt: 'desc' }, { id: 'desc' }],
        take: limit + 1,
        ...(cursor ? { cursor: { id: cursor }, skip: 1 } : {}),
        include: backupInclude,
      })
      const look = await limits()
      const items = rows.slice(0, limit).map((row) => toBackupView(row, look))
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },

    async timeline(vmId) {
      const [rows, total] = await Promise.all([
        timelinePoints(prisma, vmId, POINTS, await limits()),
        prisma.backup.count({ where: { vmId } }),
      ])
      const since = total > rows.length ? rows[0]?.takenAt : undefined
      const failures = await prisma.job.findMany({
        where: { vmId, state: 'failed', ...(since ? { createdAt: { gte: since } } : {}) },
        orderBy: { createdAt: 'desc' },
        take: POINTS,
        select: { backupId: true, stateSince: true },
      })
      return {
        points: rows.map(toTimelinePoint),
        total,
        failures: failures.map(({ backupId, stateSince }) => ({ backupId, at: stateSince.toISOString() })).toReversed(),
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
