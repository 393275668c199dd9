import { probeNbd } from '#lib/nbd/client.ts'

export interface ExportProbe {
  ok: boolean
  sizeBytes: number | null
  /** Connect, negotiate, disconnect. */
  roundTripMs: number
  /** One sentence: what was found, or why it does not answer. */
  detail: string
}

/** Negotiates with the export as a client would. Never throws for an export that does not answer. */
export async function probeExport(
  target: { host: string; port: number; exportName: string; timeoutMs: number },
  signal?: AbortSignal,
): Promise<ExportProbe> {
  const { host, port, exportName, timeoutMs } = target
  const began = performance.now()
  const took = () => Math.round((performance.now() - began) * 10) / 10
  try {
    const { sizeBytes } = await probeNbd({
      address: { host, port },
      exportName,
      timeoutMs,
      ...(signal ? { signal } : {}),
    })
    return { ok: true, sizeBytes, roundTripMs: took(), detail: `${exportName} answers with ${sizeBytes} bytes.` }
  } catch (error) {
    signal?.throwIfAborted()
    const detail = error instanceof Error ? error.message : String(error)
    return { ok: false, sizeBytes: null, roundTripMs: took(), detail }
  }
}
