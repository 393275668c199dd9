import { z } from 'zod'
import { diskFormats, fixedBys } from './fixed-by.ts'
import { bytesSchema, diskKeySchema } from './ids.ts'

export * from './fixed-by.ts'

export const fixedBySchema = z.enum(fixedBys)
export const diskFormatSchema = z.enum(diskFormats)

/** Most characters of one sentence, and most sentences of one disk. */
export const WORDS_LIMIT = 500
export const SENTENCES_LIMIT = 20
const sentencesSchema = z.array(z.string().max(WORDS_LIMIT)).max(SENTENCES_LIMIT)

/** Sentences cut to what the contract carries. */
export const sentences = (words: readonly string[]): string[] =>
  words.slice(0, SENTENCES_LIMIT).map((text) => text.slice(0, WORDS_LIMIT))

/** What a source says of a disk when it is let go. Only a comparison that ran makes it `fixed` or `changed`. */
export const diskVerdictSchema = z.object({
  key: diskKeySchema,
  state: z.enum(['fixed', 'changed', 'unknown']),
  fixedBy: fixedBySchema,
  /** What was compared and found, in sentences. */
  evidence: sentencesSchema,
})
export type DiskVerdict = z.infer<typeof diskVerdictSchema>

/** Bytes of a sector as the source tells them; physical null: not told. */
export const sectorsSchema = z.object({
  logical: z.number().int().min(512).max(65_536),
  physical: z.number().int().min(512).max(1_048_576).nullable(),
})
export type Sectors = z.infer<typeof sectorsSchema>

/** One disk as the source has it when a job begins. */
export const preparedDiskSchema = z.object({
  key: diskKeySchema,
  label: z
    .string()
    .max(255)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters'),
  sizeBytes: bytesSchema,
  /** Whole leaves of 64 KiB that hold data: what there is to read. */
  dataBytes: bytesSchema,
  /** How its state is to be fixed; the verdict comes when the source is let go. */
  stateFixedBy: fixedBySchema,
  evidence: sentencesSchema,
  /** It must be hashed again after the copy. */
  secondRead: z.boolean(),
  format: diskFormatSchema,
  /** What people should know of it: flagged bytes, an encryption, a chain that was followed. */
  notes: sentencesSchema,
  sectors: sectorsSchema,
})
export type PreparedDisk = z.infer<typeof preparedDiskSchema>
