import { z } from 'zod'
import { diskLedgerSchema, verdictSchema } from './diagnosis.ts'
import { idSchema } from './ids.ts'
import { jobStateSchema } from './job.ts'

/** How a backup stands, for programs: `backups.verdict` and `GET /api/v1/backups/:id/verdict`. */
export const backupVerdictSchema = z.object({
  jobId: idSchema,
  backupId: z.string(),
  state: jobStateSchema,
  stateSince: z.iso.datetime(),
  /** When this was read: figures of a running copy are at most a second older. */
  readAt: z.iso.datetime(),
  /** Of a failed backup the one it ended with; null: it ended in another way, as its state says. */
  verdict: verdictSchema.nullable(),
  /** Each disk with its five hops; empty unless it copies. */
  disks: z.array(diskLedgerSchema),
})
export type BackupVerdict = z.infer<typeof backupVerdictSchema>
