import { z } from 'zod'
import { idSchema } from './ids.ts'

/** What a kept secret is for. */
export const secretKindSchema = z.enum(['source'])

/** What of a secret anybody may see: everything but its value. */
export const secretViewSchema = z.object({
  id: idSchema,
  kind: secretKindSchema,
  name: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})
export type SecretView = z.infer<typeof secretViewSchema>

export const secretInputSchema = z.strictObject({
  kind: secretKindSchema,
  name: z
    .string()
    .trim()
    .min(1, 'is needed')
    .max(100)
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ._@/-]*$/, 'may hold letters, digits, spaces and . _ @ / -'),
  /** Goes in and never comes out again. */
  value: z.string().min(1, 'is needed').max(10_000),
})
export type SecretInput = z.infer<typeof secretInputSchema>
