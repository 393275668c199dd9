import type { z } from 'zod'
import {
  type ApplianceInput,
  type ApplianceMethod,
  type ApplianceOutput,
  applianceMethods,
  DIGESTS_PATH,
  HEARTBEAT_PATH,
  type JobReport,
  jobReportSchema,
  REPORTS_PATH,
  STREAM_PING_MS,
} from '#contracts/appliance.ts'
import { bytes } from './bytes.ts'
import { lines } from './lines.ts'
import { mismatch, problemOf, unreachable } from './problem.ts'
import { ask, type Endpoint, readText } from './request.ts'

export type { Endpoint } from './request.ts'

export interface CallOptions {
  /** Milliseconds until the answer must be complete. Default 30 s. */
  timeoutMs?: number
  signal?: AbortSignal
}

/** The appliance's API as it appears on the hub's loopback, through its control tunnel. */
export interface ApplianceClient {
  /**
   * One call, checked in both directions.
   * @throws ProblemError `appliance_unreachable` | `protocol_mismatch` | `deadline` | whatever the appliance answered;
   *   the signal's reason when aborted
   */
  call<M extends ApplianceMethod>(
    method: M,
    input: ApplianceInput<M>,
    options?: CallOptions,
  ): Promise<ApplianceOutput<M>>
  /**
   * The job's reports after `after`, without gap or duplicate; ends after `client-ended`.
   * @throws ProblemError `appliance_unreachable` when the stream ends early or falls silent: come again with the last seq
   */
  reports(jobId: string, after: number, signal: AbortSignal): AsyncGenerator<JobReport, void>
  /**
   * The bytes `[from, to)` of a disk's digest log, exactly so many.
   * @throws ProblemError `appliance_unreachable` when the stream ends early or falls silent; whatever the appliance answered
   */
  digests(
    jobId: string,
    key: number,
    range: { from: number; to: number },
    signal: AbortSignal,
  ): AsyncGenerator<Buffer, void>
  /**
   * A tick when the stream is open, with the round trip through the tunnel, and one for each ping.
   * @throws ProblemError `appliance_unreachable` when it falls silent or ends
   */
  heartbeat(signal: AbortSignal): AsyncGenerator<{ at: Date; roundTripMs: number | null }, void>
}

export function createApplianceClient(endpoint: Endpoint): ApplianceClient {
  const { silenceMs = 3 * STREAM_PING_MS } = endpoint
  return {
    async call(method, input, options = {}) {
      const schemas: { input: z.ZodType; output: z.ZodType } = applianceMethods[method]
      const body = JSON.stringify(schemas.input.parse(input))
      const { timeoutMs = 30_000, signal } = options
      const question = { method: 'POST', path: `/v1/${method}`, body, timeoutMs, signal } as const
      const answer = await ask(endpoint, question)
      const text = await readText(endpoint, answer, question)
      const status = answer.statusCode ?? 0
      if (status < 200 || status > 299) throw problemOf(method, status, text)
      const parsed = schemas.output.safeParse(json(text))
      if (!parsed.success) throw mismatch(endpoint, answer.headers, `its answer to ${method} has another form`)
      return parsed.data as never
    },

    async *reports(jobId, after, signal) {
      const path = `${REPORTS_PATH(jobId)}?after=${after}`
      let last = after
      for await (const { text: line } of lines(endpoint, path, silenceMs, signal)) {
        if (line === '') continue
        const parsed = jobReportSchema.safeParse(json(line))
        if (!parsed.success) throw unreachable(endpoint, `a report of job ${jobId} could not be read`)
        if (parsed.data.seq <= last) continue
        if (parsed.data.seq !== last + 1) throw unreachable(endpoint, `report ${last + 1} of job ${jobId} is missing`)
        last = parsed.data.seq
        yield parsed.data
        if (parsed.data.type === 'client-ended') return
      }
      throw unreachable(endpoint, `the report stream of job ${jobId} ended early`)
    },

    digests: (jobId, key, { from, to }, signal) =>
      bytes(endpoint, {
        path: `${DIGESTS_PATH(jobId, key)}?from=${from}&to=${to}`,
        length: to - from,
        silenceMs,
        signal,
      }),

    async *heartbeat(signal) {
      for await (const { openedMs } of lines(endpoint, HEARTBEAT_PATH, silenceMs, signal))
        yield { at: new Date(), roundTripMs: openedMs ?? null }
      throw unreachable(endpoint, 'the heartbeat ended')
    },
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
