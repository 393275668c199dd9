import type { Problem } from '#contracts/problem.ts'
import type { OverviewView } from '#contracts/views.ts'
import { activeState } from '../../db/active.ts'
import { json, type Prisma, type PrismaClient } from '../../db/client.ts'
import { engineRuns } from '../../db/engine-lock.ts'
import { type ConcernRow, newestPoints, type PointRow, readProtection, troubledJobs } from '../../db/overview.ts'
import { countStandings, currentLimits, sumCounts } from '../../db/standing.ts'
import type { HubServices } from '../api.ts'
import { summaryInclude, toJobSummary } from '../backups/views.ts'

const RECENT_DAYS = 7
const DAY_MS = 86_400_000

/** What fits on a screen: more is behind a link. */
const SHOWN = { running: 10, concerns: 8, points: 5, places: 50 }

const active: Prisma.JobWhereInput = { state: activeState }
const iso = (time: string | Date | null) => (time === null ? null : new Date(time).toISOString())
const number = (value: bigint | null) => (value === null ? null : Number(value))

const toConcern = (row: ConcernRow) => ({
  ...row,
  failedAt: iso(row.failedAt),
  lastBackupAt: iso(row.lastBackupAt),
})

const toPoint = (row: PointRow) => ({
  ...row,
  takenAt: row.takenAt.toISOString(),
  sizeBytes: Number(row.sizeBytes),
  allocatedBytes: Number(row.allocatedBytes),
})

/** How everything is, for the page people open first: counts and short lists by the database, whatever there is. */
export function createOverview(prisma: PrismaClient, now = () => new Date()): HubServices['overview'] {
  const repositories = async () => {
    const rows = await prisma.repository.findMany({ orderBy: { name: 'asc' }, take: SHOWN.places })
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      totalBytes: number(row.totalBytes),
      freeBytes: number(row.freeBytes),
      problem: json<Problem>(row.problem),
      checkedAt: iso(row.checkedAt),
    }))
  }

  const appliances = async () => {
    const rows = await prisma.appliance.findMany({
      where: { state: { not: 'revoked' } },
      orderBy: { name: 'asc' },
      take: SHOWN.places,
      include: { _count: { select: { vms: { where: { missing: false } } } } },
    })
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      state: row.state,
      roundTripMs: row.roundTripMs,
      connectedAt: iso(row.connectedAt),
      lastSeenAt: iso(row.lastSeenAt),
      problem: json<Problem>(row.problem),
      vmCount: row._count.vms,
    }))
  }

  const known = async (): Promise<OverviewView['known']> => {
    const [repositories, appliances, vms, backups] = await Promise.all([
      prisma.repository.count(),
      prisma.appliance.count({ where: { state: { not: 'revoked' } } }),
      prisma.virtualMachine.count(),
      prisma.backup.count(),
    ])
    return { repositories, appliances, vms, backups }
  }

  return {
    async get() {
      const at = now()
      const look = await currentLimits(prisma, at)
      const ago = (ms: number) => new Date(at.getTime() - ms)
      const [engine, exists, protection, standings, count, jobs, troubled, stores, nodes, points] = await Promise.all([
        engineRuns(prisma),
        known(),
        readProtection(prisma, {
          recentSince: ago(RECENT_DAYS * DAY_MS),
          latelySince: ago(DAY_MS),
          limit: SHOWN.concerns,
          look,
        }),
        countStandings(prisma, look),
        prisma.job.count({ where: active }),
        prisma.job.findMany({
          where: active,
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
          take: SHOWN.running,
          include: summaryInclude,
        }),
        troubledJobs(prisma),
        repositories(),
        appliances(),
        newestPoints(prisma, SHOWN.points, look),
      ])
      const { total, recent, old, never, unusable, missing, failed, failedLately, oldIdle, neverIdle, items } =
        protection
      return {
        readAt: at.toISOString(),
        engine,
        known: exists,
        recentDays: RECENT_DAYS,
        vms: { total, recent, old, never, unusable, missing },
        points: sumCounts(standings.values()),
        running: { count, items: jobs.map(toJobSummary), troubled },
        concerns: { failed, failedLately, old: oldIdle, never: neverIdle, unusable, items: items.map(toConcern) },
        repositories: stores,
        appliances: nodes,
        recent: points.map(toPoint),
      }
    },

    async machines() {
      const rows = await prisma.virtualMachine.findMany({
        orderBy: [{ name: 'asc' }, { slug: 'asc' }],
        select: { id: true, name: true, missing: true, appliance: { select: { name: true } } },
      })
      return rows.map(({ appliance, ...row }) => ({ ...row, applianceName: appliance.name }))
    },
  }
}
