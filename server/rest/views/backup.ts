import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import {
  type BackupView,
  backupViewSchema,
  type JobDiskView,
  type JobSummary,
  type JobView,
  jobDiskViewSchema,
  jobSummarySchema,
  jobViewSchema,
} from '#contracts/views.ts'

// REST calls things as people do: a backup has a backup id, and the job that makes it is one of its fields.
const named = { backupId: z.string(), jobId: idSchema, backupType: jobSummarySchema.shape.type }

/** A backup as a line of a list. */
export const restBackupSchema = z.object({
  ...named,
  ...jobSummarySchema.omit({ id: true, type: true, backupId: true }).shape,
})
export type RestBackup = z.infer<typeof restBackupSchema>

export function toRestBackup({ id, type, backupId, ...rest }: JobSummary): RestBackup {
  return { backupId, jobId: id, backupType: type, ...rest }
}

const { key, label, ...figures } = jobDiskViewSchema.omit({ hubPort: true }).shape
export const restBackupDiskSchema = z.object({
  key,
  label,
  /** Of the export on the hub's loopback; null before there is one. */
  port: jobDiskViewSchema.shape.hubPort,
  ...figures,
})

const toRestDisk = ({ hubPort, ...rest }: JobDiskView): z.infer<typeof restBackupDiskSchema> => ({
  ...rest,
  port: hubPort,
})

/** A backup whole: what it is, where its bytes go, how far it is. */
export const restBackupDetailSchema = z.object({
  ...restBackupSchema.shape,
  ...jobViewSchema.pick({
    targets: true,
    bytesPerSecond: true,
    etaSeconds: true,
    ledger: true,
    clockOffsetMs: true,
    point: true,
    cursor: true,
  }).shape,
  disks: z.array(restBackupDiskSchema),
})
export type RestBackupDetail = z.infer<typeof restBackupDetailSchema>

/** The age of the figures is the dashboard's to watch: an answer of REST is read at once, and its verdict is of that moment. */
export function toRestBackupDetail({ id, type, backupId, disks, figures: _, ...rest }: JobView): RestBackupDetail {
  return { backupId, jobId: id, backupType: type, ...rest, disks: disks.map(toRestDisk) }
}

/** One link of a chain. */
export const restRestorePointSchema = z.object({
  ...named,
  /** The backup it stands on; null: it stands alone, as a full one does. */
  parentBackupId: z.string().nullable(),
  ...backupViewSchema.omit({ id: true, jobId: true, type: true }).shape,
})

export function toRestRestorePoint({ id, jobId, type, ...rest }: BackupView): z.infer<typeof restRestorePointSchema> {
  return { backupId: id, jobId, backupType: type, parentBackupId: null, ...rest }
}
