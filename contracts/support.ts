import { z } from 'zod'
import { bytesSchema, idSchema } from './ids.ts'

/** More is never collected. */
export const BUNDLE_LIMIT = 24 * 1024 * 1024
/** What of one file is shown before it is saved; the file itself goes in whole. */
export const PREVIEW_LIMIT = 200 * 1024

export const supportFileSchema = z.object({
  /** Path within the archive. */
  name: z.string(),
  sizeBytes: bytesSchema,
  /** What it is, in a sentence. */
  about: z.string(),
  /** How many things were taken out of it. */
  redacted: z.number().int(),
})
export type SupportFile = z.infer<typeof supportFileSchema>

/** A support bundle as it will be saved: it is kept as it is for some minutes. */
export const supportBundleSchema = z.object({
  id: idSchema,
  /** Name of the archive. */
  fileName: z.string(),
  preparedAt: z.iso.datetime(),
  /** From then on it is forgotten. */
  expiresAt: z.iso.datetime(),
  sizeBytes: bytesSchema,
  files: z.array(supportFileSchema),
  /** What could not be had, each with the reason. */
  missing: z.array(z.object({ what: z.string(), why: z.string() })),
})
export type SupportBundle = z.infer<typeof supportBundleSchema>
