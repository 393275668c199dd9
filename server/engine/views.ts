import { type Problem, toProblem } from '#contracts/problem.ts'
import type { ExportView, ProbeResult } from '#contracts/views.ts'
import type { PrismaClient } from '../db/client.ts'
import { countPeers } from '../drivers/nbd/driver.ts'
import type { Exports } from './exports.ts'

type Listed = Awaited<ReturnType<Exports['list']>>[number]

/** Exports as people see them: each with whose it is. */
export async function toExportViews(prisma: PrismaClient, listed: readonly Listed[]): Promise<ExportView[]> {
  const jobs = await backupIdsOf(
    prisma,
    listed.flatMap(({ row }) => row.jobId ?? []),
  )
  const connections = await countPeers(new Set(listed.map(({ facts }) => facts.port)))
  return listed.map((item) => toExportView(item, jobs, connections(item.facts.port)))
}

/** Names of backups by their jobs' ids. */
export async function backupIdsOf(prisma: PrismaClient, jobIds: readonly string[]): Promise<Map<string, string>> {
  const jobs = await prisma.job.findMany({ where: { id: { in: [...jobIds] } }, select: { id: true, backupId: true } })
  return new Map(jobs.map(({ id, backupId }) => [id, backupId]))
}

function toExportView(
  { row, facts, alive }: Listed,
  jobs: ReadonlyMap<string, string>,
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
    startedAt: row.createdAt.toISOString(),
  }
}

/** A probe that failed is a result, not an exception. */
export function failedProbe(error: unknown): ProbeResult {
  const problem: Problem = toProblem(error)
  return { ok: false, roundTripMs: null, detail: problem.happened, problem }
}
