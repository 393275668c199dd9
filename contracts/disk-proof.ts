import { z } from 'zod'
import { bytesSchema } from './ids.ts'
import { digestRootSchema } from './proof.ts'

const count = z.number().int().nonnegative()

/** Why a disk of a restore point may be called proved (docs/proof.md). */
export const proofSchema = z.object({
  sizeBytes: bytesSchema,
  /** Blocks of 64 KiB: hashed + zero + holes. */
  leaves: count,
  /** Read at the source and hashed there. */
  hashedLeaves: count,
  hashedBytes: bytesSchema,
  /** Read at the source, and all zero. */
  zeroLeaves: count,
  zeroBytes: bytesSchema,
  /** Not read: holes by the source's word. */
  holeLeaves: count,
  holeBytes: bytesSchema,
  /** Read back from the closed image and compared with their digests. */
  readBackLeaves: count,
  readBackBytes: bytesSchema,
  differing: z.literal(0),
  /** Every byte was read from the medium, not from memory. */
  pastPageCache: z.boolean(),
  checkClean: z.literal(true),
  /** The export process that took the writes was seen to end with status 0. */
  sameExportProcess: z.boolean(),
  /** Of the digest map beside the image (docs/formats.md). */
  mapRoot: digestRootSchema,
  mapBytes: bytesSchema,
  allocatedBytes: bytesSchema,
  at: z.iso.datetime(),
})
export type Proof = z.infer<typeof proofSchema>
