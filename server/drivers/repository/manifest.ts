import { z } from 'zod'
import { backupIdSchema, bytesSchema, diskKeySchema, idSchema, slugSchema, vmNameSchema } from '#contracts/ids.ts'
import { diskDigestSchema } from '#contracts/proof.ts'
import { diskFormatSchema, fixedBySchema, sectorsSchema } from '#contracts/source-state.ts'
import { proofSchema } from '#contracts/views.ts'

const digestSchema = diskDigestSchema.extend({
  /** Length of the map's file. */
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
  /** When the source was frozen, by the hub's clock. */
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
        /** The digest map beside the image, and its root (docs/formats.md). */
        digest: digestSchema,
        /** What the source's bytes were stated to be; the image holds the disk as its guest saw it. */
        format: diskFormatSchema,
        /** How its state was fixed while it was copied, and by what that is known. */
        stateFixedBy: fixedBySchema,
        stateNote: z.string().max(2000),
        notes: z.array(z.string()).max(20),
        sectors: sectorsSchema,
        proof: proofSchema,
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
