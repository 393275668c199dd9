import { z } from 'zod'

/** SHA-256 in lower-case hex: the root of a digest map (docs/formats.md). */
export const digestRootSchema = z.string().regex(/^[0-9a-f]{64}$/)

/** What a manifest says of a disk's digest map: its file beside the image, and its root. */
export const diskDigestSchema = z.object({
  map: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/),
  root: digestRootSchema,
})
export type DiskDigest = z.infer<typeof diskDigestSchema>

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const sectorBytes = z.number().int().min(512).max(1_048_576)

export const sectorSizesSchema = z.object({ logical: sectorBytes.nullable(), physical: sectorBytes.nullable() })
/** Bytes; null: not known. */
export type SectorSizes = z.infer<typeof sectorSizesSchema>

/** Why a proof could not be made: never "equal", never "differs". */
export const proofErrorCodes = [
  'bad_request',
  'aborted',
  'map_unreadable',
  'map_damaged',
  /** The map is whole, but it is not the one that was asked for. */
  'map_root',
  'map_unsupported',
  'log_unreadable',
  'log_damaged',
  /** The log leaves a leaf unsaid. */
  'log_incomplete',
  /** More was handed to a log than it holds between two flushes. */
  'log_full',
  'image_unreadable',
  'image_damaged',
  /** A QCOW2 that Sendense did not write; `word` names the feature. */
  'image_unsupported',
  'image_size',
  /** The image was written to while it was compared. */
  'image_changed',
  'internal',
] as const
export type ProofErrorCode = (typeof proofErrorCodes)[number]

/** One line of JSON on the stdin of a proof process. When stdin ends the process gives up. */
export const proofRequestSchema = z.object({
  image: z.string().min(1).max(4096),
  /** With it the map is built first, and replaces what stands there. */
  log: z.string().min(1).max(4096).optional(),
  map: z.string().min(1).max(4096),
  expectedRoot: digestRootSchema.optional(),
  /** Exact size of the disk. */
  sizeBytes: count,
  sectors: sectorSizesSchema,
  /** Leaves that the log says nothing of: an error (default), or taken as holes by somebody else's word. */
  uncovered: z.enum(['refuse', 'hole']).default('refuse'),
})
export type ProofRequest = z.input<typeof proofRequestSchema>

export const mapSummarySchema = z.object({
  root: digestRootSchema,
  /** hashed + zeros + holes. */
  leaves: count,
  /** Leaves with a digest of bytes that were read. */
  hashed: count,
  /** Leaves that were read and are all zero. */
  zeros: count,
  /** Leaves that were not read: holes by the source's word. */
  holes: count,
  hashedBytes: count,
  zeroBytes: count,
  holeBytes: count,
  /** Length of the map's file; most of it may be a hole. */
  mapBytes: count,
})
export type MapSummary = z.infer<typeof mapSummarySchema>

export const comparisonSchema = z.object({
  equal: z.boolean(),
  /** Leaves of the disk: compared + zero + hole. */
  leaves: count,
  /** Leaves with a digest, each held against the image. */
  comparedLeaves: count,
  comparedBytes: count,
  /** Leaves that the map calls read and all zero, each seen to read as zero in the image. */
  zeroLeaves: count,
  zeroBytes: count,
  /** Leaves that the map calls holes by the source's word, each seen to read as zero in the image. */
  holeLeaves: count,
  holeBytes: count,
  /** Bytes of clusters that were read from the image's file. */
  readBytes: count,
  /** Leaves that differ. */
  differing: count,
  /** Guest bytes: where the first and the last leaf that differ begin; null when none does. */
  firstOffset: count.nullable(),
  lastOffset: count.nullable(),
  /** Every byte was read past the page cache. */
  direct: z.boolean(),
  /** The root of the map, as computed from its file. */
  root: digestRootSchema,
  ms: z.number().nonnegative(),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** Lines of JSON on the stdout of a proof process: any number of `progress`, then one of the others. */
export const proofMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    phase: z.enum(['map', 'compare']),
    /** `map`: of the log; `compare`: guest bytes that are settled. */
    bytes: count,
    totalBytes: count,
  }),
  z.object({
    type: z.literal('result'),
    /** null: no log was given, the map was there. */
    map: mapSummarySchema.nullable(),
    comparison: comparisonSchema,
  }),
  z.object({
    type: z.literal('error'),
    code: z.enum(proofErrorCodes),
    message: z.string().max(2000),
    /** `image_unsupported`, `image_damaged`: what it is about, in one word (docs/formats.md). */
    word: z.string().max(100).optional(),
  }),
])
export type ProofMessage = z.infer<typeof proofMessageSchema>
