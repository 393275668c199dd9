import { z } from 'zod'
import { bytesSchema, idSchema } from './ids.ts'

const time = z.iso.datetime()

export const orphanKinds = [
  'export',
  'process',
  'port',
  'partial-directory',
  'data-key',
  'key-line',
  'session',
  'appliance-job',
  'file',
  'other',
] as const

/** Something of ours that nobody needs any more. */
export const orphanSchema = z.object({
  /** The same at each look, for as long as the thing is there. */
  id: z.string().max(1000),
  kind: z.enum(orphanKinds),
  identity: z.string(),
  /** The job that made it. */
  jobId: idSchema.nullable(),
  backupId: z.string().nullable(),
  /** Since when it is there; null: not known. */
  since: time.nullable(),
  /** Bytes on disk that cleaning frees; null: it takes none, or they cannot be measured. */
  sizeBytes: bytesSchema.nullable(),
  /** Why it is thought to be left over. */
  why: z.string(),
  /** What cleaning will do. */
  cleaning: z.string(),
  /** Why it cannot be tried now (an appliance that is away); null: it can. */
  waitsFor: z.string().nullable(),
  /** Kept on purpose until then: it is cleaned before only when somebody names it. */
  keptUntil: time.nullable().default(null),
  /** How the last try to clean it failed. */
  reason: z.string().nullable(),
  tries: z.number().int(),
  triedAt: time.nullable(),
  nextTryAt: time.nullable(),
})
export type Orphan = z.infer<typeof orphanSchema>

/** Something near ours that carries no mark of this hub: shown, never touched. */
export const foreignSchema = z.object({
  id: z.string(),
  kind: z.enum(['process', 'port', 'file', 'directory', 'restore-point']),
  identity: z.string(),
  why: z.string(),
})
export type Foreign = z.infer<typeof foreignSchema>

export const housekeepingViewSchema = z.object({
  lookedAt: time,
  /** When it cleaned by itself last, and when it will next; null: not yet, or the engine is down. */
  cleanedAt: time.nullable(),
  nextRunAt: time.nullable(),
  everySeconds: z.number(),
  orphans: z.array(orphanSchema),
  foreign: z.array(foreignSchema),
  /** What could not be looked at, each with the reason. */
  notSeen: z.array(z.object({ what: z.string(), why: z.string() })),
})
export type HousekeepingView = z.infer<typeof housekeepingViewSchema>

/** How cleaning one thing went. */
export const cleaningOutcomeSchema = z.object({
  id: z.string(),
  kind: z.enum(orphanKinds),
  identity: z.string(),
  jobId: idSchema.nullable(),
  outcome: z.enum(['cleaned', 'failed', 'waits']),
  detail: z.string(),
})
export type CleaningOutcome = z.infer<typeof cleaningOutcomeSchema>

/** What is to be cleaned: these, those of one job, or all. */
export const cleaningChoiceSchema = z.object({
  ids: z.array(z.string().max(1000)).max(1000).optional(),
  jobId: idSchema.optional(),
})
export type CleaningChoice = z.infer<typeof cleaningChoiceSchema>

export const cleaningResultSchema = z.object({
  outcomes: z.array(cleaningOutcomeSchema),
  /** What stands after it. */
  view: housekeepingViewSchema,
})
export type CleaningResult = z.infer<typeof cleaningResultSchema>
