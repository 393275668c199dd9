import { z } from 'zod'
import { roles, scopes } from './access.ts'

const when = z.string().datetime()

/** A person's name: one line of text. */
export const personNameSchema = z
  .string()
  .trim()
  .min(1, 'is needed')
  .max(100)
  .regex(/^\P{Cc}*$/u, 'must be one line of text')

export const roleSchema = z.enum(roles)

/** One of the people who sign in here. */
export const personSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: roleSchema,
  /** invited: has not chosen a password yet. */
  state: z.enum(['active', 'invited', 'disabled']),
  secondFactor: z.boolean(),
  sessions: z.number().int(),
  tokens: z.number().int(),
  lastSeenAt: when.nullable(),
  createdAt: when,
})
export type Person = z.infer<typeof personSchema>

/** A one-time link by which a person chooses a password. Its secret is in the fragment: no server's log can hold it. */
export const passwordLinkSchema = z.object({ url: z.string(), expiresAt: when })
export type PasswordLink = z.infer<typeof passwordLinkSchema>

/** A browser that is signed in as the person who asks. */
export const sessionViewSchema = z.object({
  id: z.string(),
  current: z.boolean(),
  address: z.string().nullable(),
  /** What the browser says it is. */
  agent: z.string().nullable(),
  createdAt: when,
  lastSeenAt: when,
  expiresAt: when,
})
export type SessionView = z.infer<typeof sessionViewSchema>

export const tokenNameSchema = z
  .string()
  .trim()
  .min(1, 'is needed')
  .max(63)
  .regex(/^\P{Cc}*$/u, 'must be one line of text')

export const newTokenSchema = z.object({
  name: tokenNameSchema,
  scopes: z.array(z.enum(scopes)).min(1, 'needs at least one').max(scopes.length),
  /** null: until it is revoked. */
  expiresInDays: z.number().int().min(1).max(3650).nullable(),
})
export type NewToken = z.infer<typeof newTokenSchema>

/** A token as lists show it: never the token itself. */
export const tokenViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(scopes)),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: when,
  expiresAt: when.nullable(),
  /** Exact to a minute. */
  lastUsedAt: when.nullable(),
  lastAddress: z.string().nullable(),
})
export type TokenView = z.infer<typeof tokenViewSchema>
