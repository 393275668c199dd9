import { z } from 'zod'
import { bytesSchema } from '#contracts/ids.ts'
import { diskFormatSchema } from '#contracts/source-state.ts'
import { fileIdentity, identityChange, identitySchema } from '../file-identity.ts'

/** Most files of one chain. */
export const LAYERS_LIMIT = 32

/** One file or block device that QEMU opens, and as what. */
export const layerSchema = z.object({
  path: z.string(),
  device: z.boolean(),
  format: diskFormatSchema,
  /** As of `file` below. Always null for a device. */
  identity: identitySchema.nullable(),
})
export type Layer = z.infer<typeof layerSchema>

/** How one disk of a source is reached. Kept in the job's record, so it holds no secret. */
export const diskAccessSchema = z.discriminatedUnion('plugin', [
  /** A raw file, by nbdkit. */
  z.object({
    plugin: z.literal('file'),
    path: z.string(),
    /** The file as it was when the job began: a copy counts only if it is the same after it. null: not to be compared. */
    identity: identitySchema.nullable(),
  }),
  /** Containers and block devices, by a qemu-nbd that opens exactly these, the uppermost first. */
  z.object({
    plugin: z.literal('qemu'),
    layers: z
      .array(layerSchema)
      .min(1)
      .max(LAYERS_LIMIT + 1),
    /** A snapshot inside the uppermost. */
    snapshot: z.object({ id: z.string(), name: z.string() }).optional(),
  }),
  z.object({ plugin: z.literal('nbd'), url: z.string() }),
  /** The canary of a check: bytes that are known, of no machine. */
  z.object({ plugin: z.literal('pattern'), sizeBytes: bytesSchema }),
])
export type DiskAccess = z.infer<typeof diskAccessSchema>

/** What became of the disk's files since the job began, in words; null: nothing that can be seen. It proves nothing: the source's verdict does. */
export async function accessChange(access: DiskAccess): Promise<string | null> {
  for (const { path, identity } of filesOf(access)) {
    if (identity === null) continue
    const now = await fileIdentity(path).catch(() => null)
    const change = now === null ? 'no longer exists' : identityChange(identity, now)
    if (change !== null) return change
  }
  return null
}

function filesOf(access: DiskAccess): readonly Pick<Layer, 'path' | 'identity'>[] {
  if (access.plugin === 'file') return [access]
  return access.plugin === 'qemu' ? access.layers : []
}
