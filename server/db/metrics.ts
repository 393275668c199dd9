import type { StandingCounts } from '#contracts/catalogue.ts'
import type { EventData } from '#contracts/events.ts'
import { terminalJobStates } from '#contracts/job.ts'
import type { LookLimits } from '../domain/catalogue/standing.ts'
import { activeState } from './active.ts'
import { newestOfAppliances } from './checks.ts'
import type { Db } from './client.ts'
import { newestProgress } from './events.ts'
import { countStandings, currentLimits, standingSql, sumCounts, usableSql } from './standing.ts'

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
  /** Those too that their source does not list now. */
  machines: number
  machinesMissing: number
  /** Without any restore point that counts. */
  unprotected: number
  /** Whose newest restore point does not count. */
  newestUnusable: number
  points: StandingCounts
  restorePoints: number
  exports: number
  usedPorts: number
  orphans: number
  /** Data tunnels that are let in now: one for each running copy, and one while a check runs. */
  dataTunnels: number
  /** Checks that failed at the newest check of each appliance's tunnel. */
  checks: { appliance: string; failed: number }[]
  appliances: { name: string; state: string; lastSeenAt: Date | null }[]
  repositories: {
    name: string
    totalBytes: bigint | null
    freeBytes: bigint | null
    storedBytes: bigint
    problem: boolean
  }[]
}

const over = [...terminalJobStates]

async function runningJobs(db: Db): Promise<RunningJobFacts[]> {
  const jobs = await db.job.findMany({
    where: { state: activeState },
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

/** What the images of restore points take in each repository. */
async function storedBytes(db: Db): Promise<Map<string, bigint>> {
  const rows = await db.$queryRaw<{ id: string; bytes: bigint }[]>`
    SELECT b."repositoryId"::text AS id, sum(d."allocatedBytes")::bigint AS bytes
    FROM backups b JOIN backup_disks d ON d."backupId" = b.id GROUP BY 1`
  return new Map(rows.map(({ id, bytes }) => [id, bytes]))
}

/** Machines by what their restore points say. */
async function protection(db: Db, limits: LookLimits) {
  const rows = await db.$queryRaw<{ unprotected: number; newestUnusable: number }[]>`
    SELECT (count(*) FILTER (WHERE NOT COALESCE(points.usable, false)))::int AS unprotected,
      (count(*) FILTER (WHERE newest.standing <> 'ok'))::int AS "newestUnusable"
    FROM virtual_machines vm
    LEFT JOIN LATERAL (
      SELECT ${standingSql('b', limits)} AS standing FROM backups b
      WHERE b."vmId" = vm.id ORDER BY b."takenAt" DESC, b.id DESC LIMIT 1) newest ON true
    LEFT JOIN LATERAL (
      SELECT true AS usable FROM backups b WHERE b."vmId" = vm.id AND ${usableSql('b', limits)} LIMIT 1) points ON true`
  return rows[0] ?? { unprotected: 0, newestUnusable: 0 }
}

/** What a monitor is told, in a handful of counts: the cost does not grow with the number of restore points shown. */
export async function readHubFacts(db: Db, now = new Date()): Promise<HubFacts> {
  const limits = await currentLimits(db, now)
  const open = { state: { not: 'released' as const } }
  const count = (where: { kind?: string; state: 'live' | 'orphan' | { not: 'released' } }) =>
    db.resource.count({ where })
  const [running, ended, machines, machinesMissing, protects, standings] = await Promise.all([
    runningJobs(db),
    db.job.groupBy({ by: ['state'], where: { state: { in: over } }, _count: true }),
    db.virtualMachine.count(),
    db.virtualMachine.count({ where: { missing: true } }),
    protection(db, limits),
    countStandings(db, limits),
  ])
  const [exports, usedPorts, orphans, dataTunnels, appliances, repositories, stored, checks] = await Promise.all([
    count({ kind: 'export', ...open }),
    count({ kind: 'port', ...open }),
    count({ state: 'orphan' }),
    count({ kind: 'data-key', state: 'live' }),
    db.appliance.findMany({
      where: { state: { not: 'revoked' } },
      select: { name: true, state: true, lastSeenAt: true },
    }),
    db.repository.findMany({ select: { id: true, name: true, totalBytes: true, freeBytes: true, problem: true } }),
    storedBytes(db),
    newestOfAppliances(db),
  ])
  const points = sumCounts(standings.values())
  const restorePoints = Object.values(points).reduce((sum, count) => sum + count, 0)
  return {
    ...{
      running,
      machines,
      machinesMissing,
      ...protects,
      points,
      restorePoints,
      exports,
      usedPorts,
      orphans,
      dataTunnels,
      appliances,
    },
    ended: ended.map(({ state, _count }) => ({ state, count: _count })),
    checks: checks
      .filter(({ state }) => state !== 'running')
      .map(({ applianceName, items }) => ({
        appliance: applianceName,
        failed: items.filter(({ outcome }) => outcome === 'failed').length,
      })),
    repositories: repositories.map(({ id, problem, ...row }) => ({
      ...row,
      storedBytes: stored.get(id) ?? 0n,
      problem: problem !== null,
    })),
  }
}
