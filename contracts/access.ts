/** Who may do what. No zod in here: pages decide by the same table which buttons they show. */

/**
 * What a person is. A viewer sees, an operator backs up as well, a restorer sees and reads data out, an administrator does
 * all of it, and minds the hub, its people and their tokens.
 */
export const roles = ['viewer', 'operator', 'restorer', 'administrator'] as const
export type Role = (typeof roles)[number]

/** What a token may be used for, within what its owner's role lets at the moment of its use. */
export const scopes = ['read', 'backup', 'restore', 'admin'] as const
export type Scope = (typeof scopes)[number]

export interface Rule {
  /** Roles that may; null: everybody, signed in or not. */
  roles: readonly Role[] | null
  /** Scopes of a token of which one is needed; none: no token may, whatever its scopes. */
  scopes: readonly Scope[]
  /** What it is for, for docs. */
  what: string
}

/**
 * The named rules. Every procedure and every route has one of them. No token reaches `own` and `people`: one that leaked must
 * not make itself another token, a session or an administrator.
 */
export const rules = {
  open: { roles: null, scopes: scopes, what: 'what happens before anybody is signed in' },
  read: { roles: roles, scopes: scopes, what: 'see machines, backups, their state and events' },
  own: { roles: roles, scopes: [], what: 'mind one’s own password, second factor, sessions and tokens' },
  probe: {
    roles: ['operator', 'restorer', 'administrator'],
    scopes: ['backup', 'restore', 'admin'],
    what: 'ask whether an appliance, a tunnel, an export or a repository answers',
  },
  backup: {
    roles: ['operator', 'administrator'],
    scopes: ['backup', 'admin'],
    what: 'start and cancel backups, check a machine, read an inventory again, allow an unknown state of a disk',
  },
  restore: { roles: ['restorer', 'administrator'], scopes: ['restore', 'admin'], what: 'read backed up data out' },
  manage: {
    roles: ['administrator'],
    scopes: ['admin'],
    what: 'appliances, repositories, tunnels, housekeeping, settings, support bundles',
  },
  people: {
    roles: ['administrator'],
    scopes: [],
    what: 'people, their roles and sessions, every token, the audit trail',
  },
} as const satisfies Record<string, Rule>
export type RuleName = keyof typeof rules
export const ruleNames = Object.keys(rules) as RuleName[]

/** Whoever asks: a person by a session, or a program by a token of one. */
export interface Asker {
  role: string
  /** A token's; null for a session. */
  scopes: readonly string[] | null
}

const includes = (list: readonly string[], one: string) => list.includes(one)

/** True when a person of this role may. A role nobody knows may nothing. */
export function roleMay(role: string, name: RuleName): boolean {
  const { roles: admitted }: Rule = rules[name]
  return admitted === null || includes(admitted, role)
}

/** Whether the rule lets the asker: its role must, and of a token a scope as well. */
export function allows(name: RuleName, asker: Asker | null): boolean {
  const rule: Rule = rules[name]
  if (rule.roles === null) return true
  if (asker === null || !roleMay(asker.role, name)) return false
  return asker.scopes === null || asker.scopes.some((scope) => includes(rule.scopes, scope))
}

/** Why the rule refuses somebody who is known, and what helps; null when it does not refuse. */
export function refusal(name: RuleName, asker: Asker): { happened: string; remedy: string } | null {
  if (allows(name, asker)) return null
  const rule: Rule = rules[name]
  if (!roleMay(asker.role, name))
    return {
      happened: `This is not for the role ${asker.role}: it needs ${listed(rule.roles ?? [])}.`,
      remedy: 'Ask an administrator of this hub to do it, or for another role.',
    }
  if (rule.scopes.length === 0)
    return {
      happened: 'No token may do this, whatever its scopes.',
      remedy: 'Sign in with a browser instead.',
    }
  return {
    happened: `This token lacks the scope: ${listed(rule.scopes)} is needed.`,
    remedy: 'Make a token with that scope in Settings, Access.',
  }
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
