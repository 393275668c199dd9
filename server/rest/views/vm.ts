import { z } from 'zod'
import { type VmView, vmViewSchema } from '#contracts/views.ts'
import { restBackupSchema, toRestBackup } from './backup.ts'

/** A machine whole. */
export const restVmDetailSchema = z.object({
  ...vmViewSchema.omit({ jobs: true }).shape,
  /** The newest ones, newest first. */
  backups: z.array(restBackupSchema),
})

export function toRestVmDetail({ jobs, ...rest }: VmView): z.infer<typeof restVmDetailSchema> {
  return { ...rest, backups: jobs.map(toRestBackup) }
}
