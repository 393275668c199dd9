import { z } from 'zod'
import { APPLIANCE_NAME_MAX, APPLIANCE_NAME_PATTERN, APPLIANCE_NAME_WORDS } from './appliance-name.ts'
import { idSchema } from './ids.ts'

/** 32 bytes in base64url. */
const bytes32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url')
const signature = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'must be a signature of 64 bytes in base64url')
const publicKey = z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]{20,100}=*$/, 'must be "ssh-ed25519 <base64>"')

export const applianceNameSchema = z
  .string()
  .trim()
  .min(1, 'is needed')
  .max(APPLIANCE_NAME_MAX)
  .regex(APPLIANCE_NAME_PATTERN, APPLIANCE_NAME_WORDS)

/** The longest body of any of them, in bytes. */
export const ENROLMENT_BODY_BYTES = 4096

/** `POST /api/enroll/challenge`: prove that you are the hub whose fingerprint the code carries. */
export const challengeRequestSchema = z.strictObject({ codeKey: bytes32, nonce: bytes32 })
export type ChallengeRequest = z.infer<typeof challengeRequestSchema>
export const challengeSchema = z.object({ hostKey: publicKey, nonce: bytes32, signature })
export type Challenge = z.infer<typeof challengeSchema>

/** `POST /api/enroll/request`: this is who I am. */
export const enrolmentRequestSchema = z.strictObject({
  codeKey: bytes32,
  publicKey,
  name: applianceNameSchema,
  buildId: z.string().regex(/^[A-Za-z0-9._+-]{1,100}$/, 'must be a build id'),
  protocol: z.number().int().min(1).max(10_000),
  exchangeKey: bytes32,
  /** By the code's key. */
  codeProof: signature,
  /** By the appliance's. */
  keyProof: signature,
})
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>
export const enrolmentReceiptSchema = z.object({ enrolmentId: idSchema, expiresAt: z.iso.datetime() })
export type EnrolmentReceipt = z.infer<typeof enrolmentReceiptSchema>

/** `POST /api/enroll/status`: what became of it. */
export const statusRequestSchema = z.strictObject({ enrolmentId: idSchema })
export const enrolmentGrantSchema = z.object({ exchangeKey: bytes32, sealed: z.string().max(4000), signature })
export type EnrolmentGrant = z.infer<typeof enrolmentGrantSchema>
export const enrolmentStatusSchema = z.discriminatedUnion('state', [
  z.object({ state: z.enum(['pending', 'rejected', 'expired']) }),
  z.object({ state: z.literal('approved'), grant: enrolmentGrantSchema }),
])
export type EnrolmentStatus = z.infer<typeof enrolmentStatusSchema>

/** What is sealed in a grant: all that an appliance must be told. */
export const grantWordsSchema = z.object({
  name: applianceNameSchema,
  sshHost: z.string(),
  sshPort: z.number().int(),
  sshUser: z.string(),
  hostKey: publicKey,
  apiPort: z.number().int(),
  apiToken: z.string().min(16),
})
export type GrantWords = z.infer<typeof grantWordsSchema>

/** A pairing code, and who used it, as administrators see it. */
export const enrolmentViewSchema = z.object({
  id: idSchema,
  /** `expired`: nobody used the code in time, or nobody decided. */
  state: z.enum(['offered', 'pending', 'approved', 'rejected', 'withdrawn', 'expired']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Who asks to be let in; null while nobody does. */
  request: z
    .object({
      name: z.string(),
      fingerprint: z.string(),
      address: z.string().nullable(),
      buildId: z.string(),
      protocol: z.number().int(),
      at: z.iso.datetime(),
      /** A revoked appliance of this key, or of this name, whose place it would take. */
      replaces: z.string().nullable(),
    })
    .nullable(),
  applianceId: idSchema.nullable(),
})
export type EnrolmentView = z.infer<typeof enrolmentViewSchema>

/** A code that was just made: the one time that it is shown. */
export const newPairingCodeSchema = z.object({
  enrolment: enrolmentViewSchema,
  code: z.string(),
  /** Where appliances will be told to dial. */
  sshHost: z.string(),
  /** `SHA256:…` of the hub's SSH host key: what the code carries. */
  hubFingerprint: z.string(),
})
export type NewPairingCode = z.infer<typeof newPairingCodeSchema>
