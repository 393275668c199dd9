import { z } from 'zod'
import { limitMibSchema, toolSchema } from './appliance.ts'
import { pointStandingSchema, standingCountsSchema, standingSchema } from './catalogue.ts'
import { jobLedgerSchema } from './diagnosis.ts'
import { proofSchema } from './disk-proof.ts'
import { diskProgressSchema } from './events.ts'
import { bytesSchema, diskKeySchema, idSchema } from './ids.ts'
import { jobStateSchema } from './job.ts'
import { problemSchema } from './problem.ts'
import { diskFormatSchema, fixedBySchema } from './source-state.ts'

export * from './connection-views.ts'
export { type Proof, proofSchema } from './disk-proof.ts'

/** What services answer and routers publish. Times are ISO 8601 strings, bytes are numbers. */
const time = z.iso.datetime()

export const repositoryViewSchema = z.object({
  id: idSchema,
  name: z.string(),
  path: z.string(),
  totalBytes: bytesSchema.nullable(),
  freeBytes: bytesSchema.nullable(),
  backupCount: z.number().int(),
  /** Machines that have a restore point here. */
  vmCount: z.number().int(),
  /** Jobs on record, ended ones too: a repository that has any cannot be forgotten. */
  jobCount: z.number().int(),
  problem: problemSchema.nullable(),
  checkedAt: time.nullable(),
  /** Its restore points by how they stand now. */
  points: standingCountsSchema,
  /** When all of them were last held against the files; null: never. */
  lookedAt: time.nullable(),
})
export type RepositoryView = z.infer<typeof repositoryViewSchema>

/** What is looked at before a path becomes a repository, in this order. */
export const repositoryChecks = [
  'absolute',
  'parent',
  'directory',
  'file-system',
  'own-disk',
  'writable',
  'space',
  'unused',
  'nesting',
  'direct',
] as const

export const repositoryCheckSchema = z.object({
  /** As it was understood. */
  path: z.string(),
  /** No check failed. */
  usable: z.boolean(),
  freeBytes: bytesSchema.nullable(),
  totalBytes: bytesSchema.nullable(),
  checks: z.array(
    z.object({
      id: z.enum(repositoryChecks),
      outcome: z.enum(['passed', 'will-make', 'note', 'warning', 'failed', 'not-tried']),
      detail: z.string(),
      remedy: z.string().nullable(),
    }),
  ),
})
export type RepositoryCheck = z.infer<typeof repositoryCheckSchema>

export const applianceViewSchema = z.object({
  id: idSchema,
  name: z.string(),
  /** `revoked`: for good, until one of its key or name is enrolled again. */
  state: z.enum(['offline', 'online', 'mismatch', 'paused', 'revoked']),
  fingerprint: z.string(),
  apiPort: z.number().int(),
  protocol: z.number().int().nullable(),
  buildId: z.string().nullable(),
  tools: z.array(toolSchema),
  roundTripMs: z.number().nullable(),
  /** Its clock less the hub's, uncertain by half the round trip; null: not measured. */
  clockOffsetMs: z.number().nullable(),
  connectedAt: time.nullable(),
  lastSeenAt: time.nullable(),
  problem: problemSchema.nullable(),
  vmCount: z.number().int(),
  /** What all its running jobs together may send, in MiB a second; null: no limit. */
  limitMibPerSecond: limitMibSchema.nullable(),
  /** What it last said to be in force; null: it has not said, so nobody knows. */
  appliedLimit: z.object({ bytesPerSecond: z.number().nullable(), at: time }).nullable(),
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

export const jobDiskViewSchema = diskProgressSchema.extend({
  label: z.string(),
  hubPort: z.number().int().nullable(),
  exportName: z.string().nullable(),
  imagePath: z.string().nullable(),
  problem: problemSchema.nullable(),
  proof: proofSchema.nullable(),
  /** How its state is to be fixed, and when it has ended: how it was. Null: the source was not asked yet. */
  stateFixedBy: fixedBySchema.nullable(),
  /** By what that is known. */
  stateNote: z.string().nullable(),
  /** What the source's bytes are stated to be. */
  format: diskFormatSchema.nullable(),
  /** What people should know of its bytes. */
  notes: z.array(z.string()),
})
export type JobDiskView = z.infer<typeof jobDiskViewSchema>

export const jobViewSchema = jobSummarySchema.extend({
  disks: z.array(jobDiskViewSchema),
  /** The string the backup client is started with; null until exports exist. */
  targets: z.string().nullable(),
  bytesPerSecond: z.number(),
  etaSeconds: z.number().nullable(),
  /** Whether bytes move, and where they stop; null when it has ended before that was asked. */
  ledger: jobLedgerSchema.nullable(),
  /**
   * Of the ledger's figures, which come once a second while it copies: how old they were when this was read, and from when
   * on they are late. null: none come in this state.
   */
  figures: z
    .object({
      /** Of the event that they came with: tells new figures from the former ones, however equal. */
      seq: z.string(),
      ageSeconds: z.number().nonnegative(),
      lateAfterSeconds: z.number().positive(),
    })
    .nullable(),
  /** The appliance's clock less the hub's, in milliseconds; null: not measured. */
  clockOffsetMs: z.number().nullable(),
  /** How the restore point stands that it made; null: it made none. */
  point: pointStandingSchema.nullable(),
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
  ...pointStandingSchema.shape,
  disks: z.array(
    z.object({
      id: idSchema,
      key: diskKeySchema,
      sizeBytes: bytesSchema,
      allocatedBytes: bytesSchema,
      imagePath: z.string(),
      /** How its state was fixed while it was copied. */
      stateFixedBy: fixedBySchema,
      /** By what that is known. */
      stateNote: z.string().nullable(),
      format: diskFormatSchema,
      notes: z.array(z.string()),
    }),
  ),
})
export type BackupView = z.infer<typeof backupViewSchema>

/** A person's word that a disk may be backed up although nobody knows whether it keeps its state meanwhile. */
export const allowanceSchema = z.object({
  reason: z.string(),
  until: time,
  at: time,
  /** Who gave it; null: they are no more. */
  by: z.string().nullable(),
})
export type Allowance = z.infer<typeof allowanceSchema>

export const vmDiskViewSchema = z.object({
  key: diskKeySchema,
  label: z.string(),
  sizeBytes: bytesSchema,
  /** Null: there is none, or it has ended. */
  allowUnknown: allowanceSchema.nullable(),
})
export type VmDiskView = z.infer<typeof vmDiskViewSchema>

/** A machine as a line of the list: what a line shows and no more, because there are thousands of them. */
export const vmSummarySchema = z.object({
  id: idSchema,
  name: z.string(),
  applianceName: z.string(),
  missing: z.boolean(),
  sizeBytes: bytesSchema,
  diskCount: z.number().int(),
  /** Its newest restore point that counts; null: none does. */
  lastBackupAt: time.nullable(),
  /** Its newest restore point of all, and how it stands. Only when that one is ok the machine counts as protected. */
  newestPointAt: time.nullable(),
  newestStanding: standingSchema.nullable(),
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
  disks: z.array(vmDiskViewSchema),
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
      /** Of a disk of it nobody knows whether it kept its state while it was copied. */
      stateUnknown: z.boolean(),
      standing: standingSchema,
    }),
  ),
  /** Restore points there are; more than `points` when the oldest are left out. */
  total: z.number().int(),
  /** Backups that failed in the time of `points`. */
  failures: z.array(z.object({ backupId: z.string(), at: time })),
})
export type VmTimeline = z.infer<typeof vmTimelineSchema>

/** A virtual machine that needs a person: why, and since when. */
export const concernSchema = z.object({
  vmId: idSchema,
  vmName: z.string(),
  /** Its newest restore point does not count; its newest backup failed; that point is too old; it has none. */
  reason: z.enum(['unusable', 'failed', 'old', 'never']),
  /** Its source does not list it now. */
  missing: z.boolean(),
  /** How its newest restore point stands, and why; null: there is none. */
  standing: standingSchema.nullable(),
  why: z.string().nullable(),
  /** When the backup failed. */
  failedAt: time.nullable(),
  /** The backup that failed, or whose restore point does not count. */
  backupId: z.string().nullable(),
  /** What happened to it. */
  happened: z.string().nullable(),
  /** Its newest restore point that counts. */
  lastBackupAt: time.nullable(),
})
export type Concern = z.infer<typeof concernSchema>

/** How the whole hub is, in counts and short lists: its size does not grow with the number of machines. */
export const overviewSchema = z.object({
  readAt: time,
  /** False: nothing starts until the engine runs again. */
  engine: z.boolean(),
  /** What exists at all; the first steps count these. */
  known: z.object({
    repositories: z.number().int(),
    appliances: z.number().int(),
    vms: z.number().int(),
    backups: z.number().int(),
  }),
  /** A restore point younger than this counts as recent. */
  recentDays: z.number().int(),
  /** All machines by their newest restore point, those too that their source does not list now. */
  vms: z.object({
    total: z.number().int(),
    recent: z.number().int(),
    old: z.number().int(),
    never: z.number().int(),
    /** The newest one does not count: damaged, missing, not proved, or nobody could look. */
    unusable: z.number().int(),
    /** Of the total: not listed by their source now. */
    missing: z.number().int(),
  }),
  /** All restore points by how they stand. */
  points: standingCountsSchema,
  running: z.object({
    count: z.number().int(),
    items: z.array(jobSummarySchema),
    /** Those whose last verdict asks for a look, among all that run. */
    troubled: z.array(z.object({ vmName: z.string(), kind: z.enum(['stalled', 'dead', 'cannot-tell', 'slow']) })),
  }),
  /** Machines whose backup runs are left out: they are being seen to. */
  concerns: z.object({
    failed: z.number().int(),
    /** Of those, in the last 24 hours. */
    failedLately: z.number().int(),
    old: z.number().int(),
    never: z.number().int(),
    unusable: z.number().int(),
    items: z.array(concernSchema),
  }),
  repositories: z.array(
    repositoryViewSchema.pick({
      id: true,
      name: true,
      totalBytes: true,
      freeBytes: true,
      problem: true,
      checkedAt: true,
    }),
  ),
  appliances: z.array(
    applianceViewSchema
      .pick({
        id: true,
        name: true,
        state: true,
        roundTripMs: true,
        connectedAt: true,
        lastSeenAt: true,
        problem: true,
      })
      .extend({ vmCount: z.number().int() }),
  ),
  recent: z.array(
    z.object({
      id: z.string(),
      vmId: idSchema,
      vmName: z.string(),
      repositoryName: z.string(),
      takenAt: time,
      sizeBytes: bytesSchema,
      allocatedBytes: bytesSchema,
      standing: standingSchema,
    }),
  ),
})
export type OverviewView = z.infer<typeof overviewSchema>

/** A virtual machine as the palette finds it. */
export const machineNameSchema = z.object({
  id: idSchema,
  name: z.string(),
  applianceName: z.string(),
  missing: z.boolean(),
})
export type MachineName = z.infer<typeof machineNameSchema>
