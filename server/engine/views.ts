import { type Problem, toProblem } from '#contracts/problem.ts'
import type { ExportView, ProbeResult } from '#contracts/views.ts'
import { countPeers } from '../drivers/nbd/driver.ts'
import type { Exports } from './exports.ts'

type Listed = Awaited<ReturnType<Exports['list']>>[number]

/** An export as people see it. */
export async function toExportView({ row, facts, alive }: Listed): Promise<ExportView> {
  return {
    id: row.id,
    exportName: facts.exportName,
    port: facts.port,
    imagePath: facts.imagePath,
    pid: row.pid,
    readOnly: facts.readOnly,
    alive,
    connections: alive ? await countPeers(facts.port) : 0,
    jobId: row.jobId,
    startedAt: row.createdAt.toISOString(),
  }
}

/** A probe that failed is a result, not an exception. */
export function failedProbe(error: unknown): ProbeResult {
  const problem: Problem = toProblem(error)
  return { ok: false, roundTripMs: null, detail: problem.happened, problem }
}
