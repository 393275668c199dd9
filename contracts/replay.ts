import { z } from 'zod'
import {
  type HopView,
  hopSchema,
  hops,
  type JobLedger,
  motionSchema,
  paceSchema,
  processStateSchema,
  verdictKinds,
} from './diagnosis.ts'
import { bytesSchema, diskKeySchema } from './ids.ts'
import { jobStateSchema } from './job.ts'

/**
 * A ledger as it is kept: a row a second, so positions instead of names. Of a hop: motion, bytes, bytes a second, seconds
 * still, busy per cent, bytes waiting, process.
 */
export const hopRecordSchema = z.tuple([
  motionSchema,
  bytesSchema.nullable(),
  z.number().nonnegative().nullable(),
  z.number().nonnegative().nullable(),
  z.number().min(0).max(100).nullable(),
  bytesSchema.nullable(),
  processStateSchema.nullable(),
])
export type HopRecord = z.infer<typeof hopRecordSchema>

const verdictRecordSchema = z.object({
  kind: z.enum(verdictKinds),
  key: diskKeySchema.nullable(),
  hop: hopSchema.nullable(),
  sentence: z.string(),
  /** What was measured; left out when nothing is wrong. */
  evidence: z.array(z.string()).optional(),
})

export const ledgerRecordSchema = z.object({
  verdict: verdictRecordSchema,
  disks: z.array(
    z.object({
      key: diskKeySchema,
      limiting: paceSchema.nullable(),
      hops: z.array(hopRecordSchema).length(hops.length),
      /** Left out while healthy. */
      verdict: verdictRecordSchema.omit({ key: true, evidence: true }).optional(),
    }),
  ),
})
export type LedgerRecord = z.infer<typeof ledgerRecordSchema>

/** Where a job stood at one moment. */
export const momentSchema = z.object({
  /** Milliseconds since 1970, on the hub's clock. */
  at: z.number().int(),
  state: jobStateSchema,
  ledger: ledgerRecordSchema,
})
export type Moment = z.infer<typeof momentSchema>

/** What a job can be replayed from: moments spread over its time, every change of its verdict among them. */
export const replaySchema = z.object({ moments: z.array(momentSchema) })
export type Replay = z.infer<typeof replaySchema>

function hopRecord(view: HopView): HopRecord {
  const still = view.stillSeconds === null ? null : Math.round(view.stillSeconds)
  const busy = view.busy === null ? null : Math.round(view.busy * 100)
  return [view.motion, view.bytes, view.bytesPerSecond, still, busy, view.waiting, view.process]
}

/** What is kept of a ledger. */
export function recordOf({ disks, verdict }: JobLedger): LedgerRecord {
  const { kind, key, hop, sentence, evidence } = verdict
  return {
    verdict: { kind, key, hop, sentence, ...(evidence.length > 0 ? { evidence } : {}) },
    disks: disks.map(({ key, limiting, hops: views, verdict: { kind, hop, sentence } }) => ({
      ...{ key, limiting, hops: views.map(hopRecord) },
      ...(kind === 'healthy' ? {} : { verdict: { kind, hop, sentence } }),
    })),
  }
}
