import { z } from 'zod'
import { hops, paces } from './hops.ts'
import { bytesSchema, diskKeySchema } from './ids.ts'

export * from './hops.ts'

export const hopSchema = z.enum(hops)
export const paceSchema = z.enum(paces)

/** What a process was seen doing: `disk` waits for its storage, `stopped` was told to stand still, `gone` has ended. */
export const processStateSchema = z.enum(['runs', 'disk', 'stopped', 'gone'])
export type ProcessState = z.infer<typeof processStateSchema>

/** One hop of one disk at one moment. Null: cannot be measured. */
export const hopSampleSchema = z.object({
  /** Bytes that have passed since the copy began. */
  bytes: bytesSchema.nullable(),
  /** Bytes that wait to enter the NEXT hop (send queues of its sockets). */
  waiting: bytesSchema.nullable(),
  process: processStateSchema.nullable(),
})
export type HopSample = z.infer<typeof hopSampleSchema>

/** One disk at one moment, on the hub's clock. */
export const diskSampleSchema = z.object({
  key: diskKeySchema,
  /** Milliseconds since 1970. */
  at: z.number(),
  /** Connections at the export; null: cannot be measured. */
  connections: z.number().int().nullable(),
  /** The rate limit held the disk up in the last second; null or missing: not told. */
  limited: z.boolean().nullish(),
  hops: z.record(hopSchema, hopSampleSchema),
})
export type DiskSample = z.infer<typeof diskSampleSchema>

export const motionSchema = z.enum(['moving', 'still', 'unknown'])
export type Motion = z.infer<typeof motionSchema>

/** A hop as people see it. */
export const hopViewSchema = z.object({
  hop: hopSchema,
  motion: motionSchema,
  bytes: bytesSchema.nullable(),
  bytesPerSecond: z.number().nonnegative().nullable(),
  /** Seconds without a byte; null: never measured, or moving. */
  stillSeconds: z.number().nonnegative().nullable(),
  /** Share of the last minute in which this hop held the others up, 0..1; null: cannot be said. */
  busy: z.number().min(0).max(1).nullable(),
  /** Bytes that wait to enter the next hop. Missing in figures of an earlier build, like the next one. */
  waiting: bytesSchema.nullable().default(null),
  process: processStateSchema.nullable().default(null),
})
export type HopView = z.infer<typeof hopViewSchema>

/** What a person can do about a verdict by one button. */
export const remedies = ['probe-export', 'restart-tunnel', 'cancel'] as const
export type Remedy = (typeof remedies)[number]

export const verdictKinds = ['healthy', 'expected', 'nothing', 'slow', 'stalled', 'dead', 'cannot-tell'] as const

/** The answer to "is it stuck, and where?". */
export const verdictSchema = z.object({
  kind: z.enum(verdictKinds),
  /** The disk it is about; null: the job. */
  key: diskKeySchema.nullable(),
  hop: hopSchema.nullable(),
  sentence: z.string(),
  /** What was measured. */
  evidence: z.array(z.string()),
  /** Likely causes, the likeliest first. */
  causes: z.array(z.string()),
  /** The next command to type, with where; null: none needed. */
  next: z.string().nullable(),
  /** What a button can do about it, the gentlest first. */
  remedies: z.array(z.enum(remedies)).default([]),
  /** Seconds of silence that are still normal in this phase. */
  secondsLeft: z.number().nonnegative().nullable(),
})
export type Verdict = z.infer<typeof verdictSchema>

export const diskLedgerSchema = z.object({
  key: diskKeySchema,
  hops: z.array(hopViewSchema).length(hops.length),
  /** What sets the pace while bytes move. */
  limiting: paceSchema.nullable(),
  verdict: verdictSchema,
})
export type DiskLedger = z.infer<typeof diskLedgerSchema>

export const jobLedgerSchema = z.object({ disks: z.array(diskLedgerSchema), verdict: verdictSchema })
export type JobLedger = z.infer<typeof jobLedgerSchema>
