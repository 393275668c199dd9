import { z } from 'zod'
import { vmCheckSchema } from './check.ts'
import { jobLedgerSchema, verdictSchema } from './diagnosis.ts'
import { bytesSchema, diskKeySchema, idSchema } from './ids.ts'
import { diskStateSchema, jobStateSchema } from './job.ts'

/** One disk's figures as they are each second of a running job. */
export const diskProgressSchema = z.object({
  key: diskKeySchema,
  state: diskStateSchema,
  sizeBytes: bytesSchema,
  /** What there is to read (data extents); null before the source was asked. */
  dataBytes: bytesSchema.nullable(),
  /** Read from the source so far; null: cannot measure. */
  readBytes: bytesSchema.nullable(),
  /** Of whole leaves, zeros too, that the export acknowledged; null: not yet. */
  writtenBytes: bytesSchema.nullable().default(null),
  sentBytes: bytesSchema.nullable(),
  /** Read back by the proof, of how many bytes of disk; null: the proof has not begun. */
  checkedBytes: bytesSchema.nullable().default(null),
  /** st_blocks * 512 of the image on the hub. */
  allocatedBytes: bytesSchema,
  bytesPerSecond: z.number().nonnegative(),
  /** A sentence when the figures need one (an image that does not grow because its source holds nothing). */
  note: z.string().nullable(),
})
export type DiskProgress = z.infer<typeof diskProgressSchema>

/** What the log holds and the browser receives, by kind. */
export const eventDataSchema = z.discriminatedUnion('kind', [
  /** A job changed state. */
  z.object({
    kind: z.literal('job.state'),
    vmId: idSchema,
    backupId: z.string(),
    state: jobStateSchema,
    message: z.string(),
  }),
  /** Something worth knowing happened in a job: kept for ever. */
  z.object({
    kind: z.literal('job.step'),
    step: z.string(),
    outcome: z.enum(['ok', 'failed', 'info']),
    message: z.string(),
    key: diskKeySchema.optional(),
  }),
  /** Figures, once a second; only the last of a finished job is kept. */
  z.object({
    kind: z.literal('job.progress'),
    disks: z.array(diskProgressSchema),
    bytesPerSecond: z.number().nonnegative(),
    /** null: not known yet. */
    etaSeconds: z.number().nonnegative().nullable(),
    /** Where the bytes are; none before anything was measured. */
    ledger: jobLedgerSchema.nullish(),
  }),
  /** The job began to look stuck, slow or dead, or no longer does. */
  z.object({ kind: z.literal('job.verdict'), verdict: verdictSchema }),
  z.object({
    kind: z.literal('backup.created'),
    vmId: idSchema,
    backupId: z.string(),
    /** Missing in logs of the first build. */
    takenAt: z.iso.datetime().optional(),
    /** As it was committed. Missing in logs of earlier builds: then nothing is known. */
    state: z.enum(['ok', 'unproved']).optional(),
  }),
  /** A look at the files of a restore point found it otherwise than before; or those of many, which are one event. */
  z.object({
    kind: z.literal('backup.changed'),
    repositoryId: idSchema,
    /** null: of many. */
    vmId: idSchema.nullable(),
    backupId: z.string().nullable(),
    count: z.number().int().nonnegative(),
    message: z.string(),
  }),
  z.object({ kind: z.literal('appliance.changed'), applianceId: idSchema }),
  z.object({ kind: z.literal('vms.changed'), applianceId: idSchema }),
  /** A pairing code was made, used or withdrawn, or who used it was let in or not. */
  z.object({ kind: z.literal('enrolments.changed') }),
  z.object({ kind: z.literal('repository.changed'), repositoryId: idSchema }),
  z.object({ kind: z.literal('exports.changed') }),
  z.object({ kind: z.literal('tunnels.changed') }),
  /** A check began, knows more, or has ended: the whole of it. Its earlier events are dropped when it has ended. */
  z.object({ kind: z.literal('check.changed'), check: vmCheckSchema }),
  /** The engine has begun, or is gone: then nothing starts and nothing is measured. */
  z.object({ kind: z.literal('engine.changed'), running: z.boolean() }),
  /** What is left over became more or less, or cleaning it went otherwise than before. */
  z.object({ kind: z.literal('housekeeping.changed') }),
])
export type EventData = z.infer<typeof eventDataSchema>

export const eventSchema = z.object({
  /** The cursor: grows in commit order; a decimal string because it is a bigint. */
  seq: z.string().regex(/^\d+$/),
  at: z.iso.datetime(),
  jobId: idSchema.nullable(),
  data: eventDataSchema,
})
export type HubEvent = z.infer<typeof eventSchema>
