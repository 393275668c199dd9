import { z } from 'zod'
import { toolSchema } from './appliance.ts'
import { diskProgressSchema } from './events.ts'
import { bytesSchema, diskKeySchema, idSchema } from './ids.ts'
import { jobStateSchema } from './job.ts'
import { problemSchema } from './problem.ts'

/** What services answer and routers publish. Times are ISO 8601 strings, bytes are numbers. */
const time = z.iso.datetime()

export const repositoryViewSchema = z.object({
  id: idSchema,
  name: z.string(),
  path: z.string(),
  totalBytes: bytesSchema.nullable(),
  freeBytes: bytesSchema.nullable(),
  backupCount: z.number().int(),
  problem: problemSchema.nullable(),
  checkedAt: time.nullable(),
})
export type RepositoryView = z.infer<typeof repositoryViewSchema>

export const applianceViewSchema = z.object({
  id: idSchema,
  name: z.string(),
  state: z.enum(['offline', 'online', 'mismatch', 'paused']),
  fingerprint: z.string(),
  apiPort: z.number().int(),
  protocol: z.number().int().nullable(),
  buildId: z.string().nullable(),
  tools: z.array(toolSchema),
  roundTripMs: z.number().nullable(),
  connectedAt: time.nullable(),
  lastSeenAt: time.nullable(),
  problem: problemSchema.nullable(),
  vmCount: z.number().int(),
})
export type ApplianceView = z.infer<typeof applianceViewSchema>

export const jobSummarySchema = z.object({
  id: idSchema,
  backupId: z.string(),
  type: z.enum(['full']),
  state: jobStateSchema,
  stateSince: time,
  vmId: idSchema,
  vmName: z.string(),
  repositoryId: idSchema,
  repositoryName: z.string(),
  applianceName: z.string(),
  sizeBytes: bytesSchema,
  cancelRequested: z.boolean(),
  problem: problemSchema.nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  firstByteAt: time.nullable(),
  finishedAt: time.nullable(),
})
export type JobSummary = z.infer<typeof jobSummarySchema>

export const proofSchema = z.object({
  copierExit: z.literal(0),
  sameExportProcess: z.boolean(),
  checkClean: z.boolean(),
  sizeBytes: bytesSchema,
  dataBytes: bytesSchema,
  /** Source data that the image holds as allocated clusters. */
  accountedBytes: bytesSchema,
  /** Source data the copier left out as zeros, read again from the source and found zero. */
  verifiedZeroBytes: bytesSchema,
  allocatedBytes: bytesSchema,
  at: time,
})
export type Proof = z.infer<typeof proofSchema>

export const jobDiskViewSchema = diskProgressSchema.extend({
  label: z.string(),
  hubPort: z.number().int().nullable(),
  exportName: z.string().nullable(),
  imagePath: z.string().nullable(),
  problem: problemSchema.nullable(),
  proof: proofSchema.nullable(),
})
export type JobDiskView = z.infer<typeof jobDiskViewSchema>

export const jobViewSchema = jobSummarySchema.extend({
  disks: z.array(jobDiskViewSchema),
  /** The string the backup client is started with; null until exports exist. */
  targets: z.string().nullable(),
  bytesPerSecond: z.number(),
  etaSeconds: z.number().nullable(),
  /** The event cursor this view was read at: subscribe from here for no gap and no duplicate. */
  cursor: z.string(),
})
export type JobView = z.infer<typeof jobViewSchema>

export const backupViewSchema = z.object({
  id: z.string(),
  jobId: idSchema,
  vmId: idSchema,
  type: z.enum(['full']),
  takenAt: time,
  repositoryName: z.string(),
  directory: z.string(),
  disks: z.array(
    z.object({
      id: idSchema,
      key: diskKeySchema,
      sizeBytes: bytesSchema,
      allocatedBytes: bytesSchema,
      imagePath: z.string(),
    }),
  ),
})
export type BackupView = z.infer<typeof backupViewSchema>

/** A machine as a line of the list: what a line shows and no more, because there are thousands of them. */
export const vmSummarySchema = z.object({
  id: idSchema,
  name: z.string(),
  applianceName: z.string(),
  missing: z.boolean(),
  sizeBytes: bytesSchema,
  diskCount: z.number().int(),
  lastBackupAt: time.nullable(),
  /** The newest job, running or ended. */
  lastJob: z.object({ backupId: z.string(), state: jobStateSchema, stateSince: time }).nullable(),
})
export type VmSummary = z.infer<typeof vmSummarySchema>

export const vmViewSchema = vmSummarySchema.extend({
  slug: z.string(),
  applianceId: idSchema,
  applianceState: applianceViewSchema.shape.state,
  source: z.string(),
  sourceKind: z.string(),
  disks: z.array(z.object({ key: diskKeySchema, label: z.string(), sizeBytes: bytesSchema })),
  /** All that are kept; `vms.restorePoints` has them in pages. */
  restorePoints: z.object({ count: z.number().int(), storedBytes: bytesSchema }),
  /** The newest ones. */
  jobs: z.array(jobSummarySchema),
})
export type VmView = z.infer<typeof vmViewSchema>

/** What a machine's timeline is drawn from, oldest first. */
export const vmTimelineSchema = z.object({
  points: z.array(
    z.object({
      id: z.string(),
      type: z.enum(['full']),
      takenAt: time,
      storedBytes: bytesSchema,
      repositoryName: z.string(),
    }),
  ),
  /** Restore points there are; more than `points` when the oldest are left out. */
  total: z.number().int(),
  /** Backups that failed in the time of `points`. */
  failures: z.array(z.object({ backupId: z.string(), at: time })),
})
export type VmTimeline = z.infer<typeof vmTimelineSchema>

/** One living qemu-nbd. */
export const exportViewSchema = z.object({
  id: idSchema,
  exportName: z.string(),
  port: z.number().int(),
  imagePath: z.string(),
  pid: z.number().int().nullable(),
  readOnly: z.boolean(),
  alive: z.boolean(),
  /** Established connections; null: cannot measure. */
  connections: z.number().int().nullable(),
  jobId: idSchema.nullable(),
  startedAt: time,
})
export type ExportView = z.infer<typeof exportViewSchema>

/** One living SSH session on the hub's sshd. */
export const tunnelViewSchema = z.object({
  /** `<pid>-<start ticks>` of the session's sshd process. */
  id: z.string(),
  kind: z.enum(['control', 'data']),
  applianceId: idSchema.nullable(),
  applianceName: z.string().nullable(),
  jobId: idSchema.nullable(),
  peer: z.string(),
  fingerprint: z.string(),
  pid: z.number().int(),
  since: time,
})
export type TunnelView = z.infer<typeof tunnelViewSchema>

/** The answer of a probe: an expected result, not an exception. */
export const probeResultSchema = z.object({
  ok: z.boolean(),
  roundTripMs: z.number().nullable(),
  detail: z.string(),
  problem: problemSchema.nullable(),
})
export type ProbeResult = z.infer<typeof probeResultSchema>
