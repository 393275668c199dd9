import type { ToolReport } from '#contracts/problem.ts'
import { run } from '#lib/process/run.ts'
import { probeArgs } from './args.ts'
import { parseSize, reasonOf } from './parse.ts'

export interface ExportProbe {
  ok: boolean
  sizeBytes: number | null
  /** Connect, negotiate, disconnect; the start of nbdinfo is in it (some milliseconds). */
  roundTripMs: number
  /** One sentence: what was found, or the tool's own words. */
  detail: string
  tool: ToolReport
}

/** Negotiates with the export as a client would. Never throws for an export that does not answer. */
export async function probeExport(
  target: { host: string; port: number; exportName: string; timeoutMs: number },
  signal?: AbortSignal,
): Promise<ExportProbe> {
  const began = performance.now()
  const result = await run('nbdinfo', probeArgs(target), { timeoutMs: target.timeoutMs, signal })
  const roundTripMs = Math.round((performance.now() - began) * 10) / 10
  const sizeBytes = result.ok ? parseSize(result.stdout) : null
  const words = reasonOf(result.report.stderr) ?? `nbdinfo ended with ${result.exitCode} and no size`
  const detail = sizeBytes === null ? words : `${target.exportName} answers with ${sizeBytes} bytes.`
  return { ok: sizeBytes !== null, sizeBytes, roundTripMs, detail, tool: result.report }
}
