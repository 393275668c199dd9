import { type Problem, toProblem } from '#contracts/problem.ts'
import type { ExportView, ProbeResult } from '#contracts/views.ts'
import type { PrismaClient } from '../db/client.ts'
import { currentLimits } from '../db/standing.ts'
import { countPeers } from '../drivers/nbd/driver.ts'
import { standingNotice, standingSelect, toPointStanding } from '../services/backups/standing.ts'
import type { Exports } from './exports.ts'

type Listed = Awaited<ReturnType<Exports['list']>>[number]

/** Exports as people see them: each with whose it is. */
export async function toExportViews(prisma: PrismaClient, listed: readonly Listed[]): Promise<ExportView[]> {
  const jobs = await backupIdsOf(
    prisma,
    listed.flatMap(({ row }) => row.jobId ?? []),
  )
  const connections = await countPeers(new Set(listed.map(({ facts }) => facts.port)))
  const notices = await noticesOf(
    prisma,
    listed.flatMap(({ facts }) => facts.backupId ?? []),
  )
  return listed.map((item) => toExportView(item, jobs, notices, connections(item.facts.port)))
}

/** What is wrong with restore points, by their ids. */
async function noticesOf(prisma: PrismaClient, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const limits = await currentLimits(prisma)
  const where = { id: { in: [...ids] } }
  const points = await prisma.backup.findMany({ where, select: { id: true, ...standingSelect } })
  return new Map(
    points.flatMap(({ id, ...row }) => {
      const notice = standingNotice(toPointStanding(row, limits))
      return notice === null ? [] : [[id, notice]]
    }),
  )
}

/** Names of backups by their jobs' ids. */
export async function backupIdsOf(prisma: PrismaClient, jobIds: readonly string[]): Promise<Map<string, string>> {
  const jobs = await prisma.job.findMany({ where: { id: { in: [...jobIds] } }, select: { id: true, backupId: true } })
  return new Map(jobs.map(({ id, backupId }) => [id, backupId]))
}

function toExportView(
  { row, facts, alive }: Listed,
  jobs: ReadonlyMap<string, string>,
  notices: ReadonlyMap<string, string>,
  connections: number,
): ExportView {
  return {
    id: row.id,
    exportName: facts.exportName,
    port: facts.port,
    imagePath: facts.imagePath,
    pid: row.pid,
    readOnly: facts.readOnly,
    alive,
    connections: alive ? connections : 0,
    jobId: row.jobId,
    backupId: facts.backupId ?? jobs.get(row.jobId ?? '') ?? null,
    notice: notices.get(facts.backupId ?? '') ?? null,
    startedAt: row.createdAt.toISOString(),
  }
}

/** A probe that failed is a result, not an exception. */
export function failedProbe(error: unknown): ProbeResult {
  const problem: Problem = toProblem(error)
  return { ok: false, roundTripMs: null, detail: problem.happened, problem }
}
