import { z } from 'zod'
import { backupIdSchema, bytesSchema, diskKeySchema, idSchema, slugSchema, vmNameSchema } from '#contracts/ids.ts'
import { proofSchema } from '#contracts/views.ts'

const digestSchema = z.object({
  map: z.string().regex(/^disk-[A-Za-z0-9._-]{1,64}\.map$/),
  /** Root over the map's header and table, hex. */
  root: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the map's file. */
  bytes: bytesSchema,
})

/** `manifest.json` beside the images: enough to rebuild the catalogue from the repository alone. */
export const manifestSchema = z.object({
  format: z.literal(1),
  backupId: backupIdSchema,
  type: z.enum(['full']),
  vm: z.object({
    id: idSchema,
    name: vmNameSchema,
    slug: slugSchema,
    source: z.string(),
    /** How the source itself names the machine. */
    ref: z.string(),
  }),
  appliance: z.object({ id: idSchema, name: z.string() }),
  jobId: idSchema,
  /** When the source was frozen. */
  takenAt: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  repositoryId: idSchema,
  disks: z
    .array(
      z.object({
        key: diskKeySchema,
        label: z.string(),
        /** The source's exact bytes; the image is the next whole sector, zero behind them. A restore cuts here. */
        sizeBytes: bytesSchema,
        image: z.string().regex(/^disk-\d+\.qcow2$/),
        allocatedBytes: bytesSchema,
        proof: proofSchema,
        /** The digest map beside the image; none in what earlier builds wrote. */
        digest: digestSchema.nullish(),
      }),
    )
    .min(1),
})
export type Manifest = z.infer<typeof manifestSchema>

/** `.sendense-repository.json` at the root: without it the directory may be the mount point of a disk that is not there. */
export const identitySchema = z.object({
  format: z.literal(1),
  id: idSchema,
  name: z.string().min(1),
  createdAt: z.iso.datetime(),
})
export type RepositoryIdentity = z.infer<typeof identitySchema>

export const IDENTITY_FILE = '.sendense-repository.json'
export const MANIFEST_FILE = 'manifest.json'
