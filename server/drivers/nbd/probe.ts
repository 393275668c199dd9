import type { ToolReport } from '#contracts/problem.ts'
import { run } from '#lib/process/run.ts'
import { probeArgs } from './args.ts'
import { parseNbdinfo } from './parse.ts'

export interface ExportProbe {
  ok: boolean
  sizeBytes: number | null
  readOnly: boolean | null
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
  const found = result.ok ? parseNbdinfo(result.stdout) : null
  const failed = { ok: false, sizeBytes: null, readOnly: null, roundTripMs, tool: result.report }
  if (!result.ok) return { ...failed, detail: result.report.stderr.at(-1) ?? `nbdinfo ended with ${result.exitCode}` }
  if (!found) return { ...failed, detail: 'nbdinfo gave an answer that cannot be read.' }
  if (found.exportName !== target.exportName)
    return { ...failed, detail: `The server on port ${target.port} offers "${found.exportName}".` }
  return {
    ok: true,
    sizeBytes: found.sizeBytes,
    readOnly: found.readOnly,
    roundTripMs,
    detail: `${found.exportName} answers with ${found.sizeBytes} bytes${found.readOnly ? ', read-only' : ''}.`,
    tool: result.report,
  }
}
