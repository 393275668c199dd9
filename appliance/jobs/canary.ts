import type { ApplianceOutput } from '#contracts/appliance.ts'
import type { Problem } from '#contracts/problem.ts'
import { type Target, targetUrl } from '#contracts/targets.ts'
import { CANARY_BYTES, patternBytes } from '#lib/canary/pattern.ts'
import type { NbdClient } from '#lib/nbd/client.ts'
import { openNbd } from '#lib/nbd/open.ts'

type Answer = ApplianceOutput<'jobs.canary'>

/** Reading some MiB through a tunnel, and one more negotiation. */
const TIMEOUT_MS = 15_000
const PIECE_BYTES = 1024 * 1024
const safe = 'It is a canary in an image of its own; no backup is concerned.'

const connect = (target: Target, signal: AbortSignal) => openNbd(targetUrl(target), { timeoutMs: TIMEOUT_MS, signal })

/** Reads the export from end to end and compares each byte; while that connection is open, a second one is made. */
export async function readCanary(target: Target, options: { signal: AbortSignal }): Promise<Answer> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(2 * TIMEOUT_MS)])
  let client: NbdClient | null = null
  let second: Answer['second'] = { ms: 0, problem: null }
  let sameBytes = 0
  const answer = (why: string | null): Answer => ({
    sameBytes,
    second,
    problem: why === null ? null : { code: 'proof_failed', happened: `The canary: ${why}.`, safe },
  })
  try {
    client = await connect(target, signal)
    if (client.export.sizeBytes < CANARY_BYTES) return answer(`its export has ${client.export.sizeBytes} bytes`)
    second = await secondConnection(target, options.signal)
    const piece = Buffer.alloc(PIECE_BYTES)
    for (let offset = 0; offset < CANARY_BYTES; offset += PIECE_BYTES) {
      const bytes = piece.subarray(0, Math.min(PIECE_BYTES, CANARY_BYTES - offset))
      await client.read(offset, bytes)
      const wrong = firstDifference(bytes, patternBytes(offset, bytes.length))
      sameBytes = offset + (wrong ?? bytes.length)
      if (wrong !== null) return answer(`byte ${sameBytes} is not as it was written`)
    }
    return answer(null)
  } catch (error) {
    options.signal.throwIfAborted()
    const words = error instanceof Error ? error.message : String(error)
    return answer(`reading it back ended after ${sameBytes} of ${CANARY_BYTES} bytes: ${words}`)
  } finally {
    client?.destroy('the canary was read')
  }
}

/** Where two buffers of one length first differ; null: nowhere. */
export function firstDifference(found: Buffer, expected: Buffer): number | null {
  if (found.equals(expected)) return null
  return found.findIndex((byte, index) => byte !== expected[index])
}

async function secondConnection(target: Target, signal: AbortSignal): Promise<Answer['second']> {
  const began = performance.now()
  const took = () => Math.round(performance.now() - began)
  try {
    const client = await connect(target, signal)
    const ms = took()
    await client.disconnect()
    return { ms, problem: null }
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    const problem: Problem = {
      code: 'export_unreachable',
      happened: `A second connection to the export was refused while one was open: ${why}.`,
      safe,
    }
    return { ms: took(), problem }
  }
}
