import type { EventData } from '#contracts/events.ts'
import { terminalJobStates } from '#contracts/job.ts'
import type { Db } from './client.ts'
import { newestProgress } from './events.ts'

export interface RunningJobFacts {
  id: string
  vmName: string
  state: string
  stateSince: Date
  progress: Extract<EventData, { kind: 'job.progress' }> | null
  progressAt: Date | null
}

export interface HubFacts {
  running: RunningJobFacts[]
  ended: { state: string; count: number }[]
  machines: number
  unprotected: number
  restorePoints: number
  exports: number
  usedPorts: number
  orphans: number
  appliances: { name: string; state: string; lastSeenAt: Date | null }[]
  repositories: { name: string; totalBytes: bigint | null; freeBytes: bigint | null; problem: boolean }[]
}

const over = [...terminalJobStates]

async function runningJobs(db: Db): Promise<RunningJobFacts[]> {
  const jobs = await db.job.findMany({
    where: { state: { notIn: over } },
    select: { id: true, state: true, stateSince: true, vm: { select: { name: true } } },
  })
  return Promise.all(
    jobs.map(async ({ id, state, stateSince, vm }) => {
      const event = await newestProgress(db, id)
      const progress = event?.data.kind === 'job.progress' ? event.data : null
      return { ...{ id, vmName: vm.name, state, stateSince, progress }, progressAt: event ? new Date(event.at) : null }
    }),
  )
}

/** What a monitor is told, in a handful of counts: the cost does not grow with the number of restore points shown. */
export async function readHubFacts(db: Db): Promise<HubFacts> {
  const open = { state: { not: 'released' as const } }
  const [running, ended, machines, unprotected, restorePoints, exports, usedPorts, orphans, appliances, repositories] =
    await Promise.all([
      runningJobs(db),
      db.job.groupBy({ by: ['state'], where: { state: { in: over } }, _count: true }),
      db.virtualMachine.count({ where: { missing: false } }),
      db.virtualMachine.count({ where: { missing: false, backups: { none: {} } } }),
      db.backup.count(),
      db.resource.count({ where: { kind: 'export', ...open } }),
      db.resource.count({ where: { kind: 'port', ...open } }),
      db.resource.count({ where: { state: 'orphan' } }),
      db.appliance.findMany({ select: { name: true, state: true, lastSeenAt: true } }),
      db.repository.findMany({ select: { name: true, totalBytes: true, freeBytes: true, problem: true } }),
    ])
  return {
    ...{ running, machines, unprotected, restorePoints, exports, usedPorts, orphans, appliances },
    ended: ended.map(({ state, _count }) => ({ state, count: _count })),
    repositories: repositories.map((row) => ({ ...row, problem: row.problem !== null })),
  }
}
