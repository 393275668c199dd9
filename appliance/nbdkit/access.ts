import { z } from 'zod'
import { bytesSchema } from '#contracts/ids.ts'
import { fileIdentity, identityChange, identitySchema } from '../file-identity.ts'

/** How nbdkit reaches one disk of a source. Kept in the job's record, so it holds no secret. */
export const diskAccessSchema = z.discriminatedUnion('plugin', [
  z.object({
    plugin: z.literal('file'),
    path: z.string(),
    /** The file as it was when the job began: a copy counts only if it is the same after it. null: not to be compared. */
    identity: identitySchema.nullable(),
  }),
  z.object({ plugin: z.literal('nbd'), url: z.string() }),
  /** The canary of a check: bytes that are known, of no machine. */
  z.object({ plugin: z.literal('pattern'), sizeBytes: bytesSchema }),
])
export type DiskAccess = z.infer<typeof diskAccessSchema>

/** What became of the disk since the job began, in words; null: nothing that can be seen. */
export async function accessChange(access: DiskAccess): Promise<string | null> {
  if (access.plugin !== 'file' || access.identity === null) return null
  const now = await fileIdentity(access.path).catch(() => null)
  return now === null ? 'is not there any more' : identityChange(access.identity, now)
}
