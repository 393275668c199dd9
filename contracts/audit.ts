import { z } from 'zod'

export const auditOutcomes = ['done', 'refused', 'failed'] as const

/** One line of the audit trail. */
export const auditEntrySchema = z.object({
  /** Grows with every entry. */
  seq: z.string(),
  at: z.string().datetime(),
  userId: z.string().nullable(),
  /** The person's address as it was then; null: a stranger, or the hub itself. */
  who: z.string().nullable(),
  via: z.enum(['session', 'token', 'stranger', 'command']),
  token: z.string().nullable(),
  address: z.string().nullable(),
  action: z.string(),
  /** What it was about, of fields that hold no secret. */
  target: z.record(z.string(), z.unknown()).nullable(),
  outcome: z.enum(auditOutcomes),
  code: z.string().nullable(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** A page of them, and what the ids in their targets are called now: what is gone has no name. */
export const auditPageSchema = z.object({
  items: z.array(auditEntrySchema),
  nextCursor: z.string().nullable(),
  names: z.record(z.string(), z.string()),
})
export type AuditPage = z.infer<typeof auditPageSchema>

/** Which entries: all that are given must hold. */
export const auditFilterSchema = z.object({
  /** Part of who, action, address, token or target, or of the present name of what it was about, whatever its case. */
  search: z
    .string()
    .max(200)
    .regex(/^\P{Cc}*$/u, 'must be one line of text')
    .optional(),
  outcome: z.enum(auditOutcomes).optional(),
  /** Not before, not after: RFC 3339. */
  from: z.string().datetime({ offset: true }).optional(),
  to: z.string().datetime({ offset: true }).optional(),
})
export type AuditFilter = z.infer<typeof auditFilterSchema>
