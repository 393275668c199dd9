import { type Role, type RuleName, roles, type Scope, scopes } from '#contracts/access.ts'
import type { Identity } from '../trpc/context.ts'

/** Everybody who may come: nobody, each role by a session, each role by a token of each scope, and by one of none. */
export interface TestAsker {
  label: string
  role: Role | null
  /** null: a session. */
  scope: Scope | 'none' | null
  identity: Identity | null
}

const of = (role: Role, scope: Scope | 'none' | null): TestAsker => ({
  label: scope === null ? role : `${role}, token ${scope}`,
  role,
  scope,
  identity: {
    userId: 'u',
    name: 'Ada',
    email: 'ada@example.org',
    role,
    scopes: scope === null ? null : scope === 'none' ? [] : [scope],
    via: scope === null ? { kind: 'session', id: 'i' } : { kind: 'token', id: 'i', name: 'nightly' },
  },
})

export const testAskers: readonly TestAsker[] = [
  { label: 'nobody', role: null, scope: null, identity: null },
  ...roles.flatMap((role) => [of(role, null), ...[...scopes, 'none' as const].map((scope) => of(role, scope))]),
]

const anybody = roles
const admitted: Record<Exclude<RuleName, 'open'>, { roles: readonly Role[]; scopes: readonly string[] }> = {
  read: { roles: anybody, scopes: ['read', 'backup', 'restore', 'admin'] },
  own: { roles: anybody, scopes: [] },
  probe: { roles: ['operator', 'restorer', 'administrator'], scopes: ['backup', 'restore', 'admin'] },
  backup: { roles: ['operator', 'administrator'], scopes: ['backup', 'admin'] },
  restore: { roles: ['restorer', 'administrator'], scopes: ['restore', 'admin'] },
  manage: { roles: ['administrator'], scopes: ['admin'] },
  people: { roles: ['administrator'], scopes: [] },
}

/** Whether the asker gets in, written a second time and by hand: what tests hold the product against. */
export function shouldPass(rule: RuleName, { role, scope }: TestAsker): boolean {
  if (rule === 'open') return true
  return (
    role !== null && admitted[rule].roles.includes(role) && (scope === null || admitted[rule].scopes.includes(scope))
  )
}
