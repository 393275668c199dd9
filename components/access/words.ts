import type { Tone } from '#components/ui/status.tsx'
import type { Role, Scope } from '#contracts/access.ts'

export const roleWords: Readonly<Record<Role, { label: string; what: string }>> = {
  viewer: { label: 'Viewer', what: 'sees everything but people and audit, and changes nothing' },
  operator: { label: 'Operator', what: 'sees, backs up, checks and cancels' },
  restorer: { label: 'Restorer', what: 'sees, and serves or downloads backed-up data' },
  administrator: { label: 'Administrator', what: 'does all of it, and minds the hub and its people' },
}

/** Of a role by the name that the database has. */
export const roleLabel = (role: string): string => roleWords[role as Role]?.label ?? role

export const scopeWords: Readonly<Record<Scope, { label: string; what: string }>> = {
  read: { label: 'read', what: 'see machines, backups and their events' },
  backup: { label: 'backup', what: 'start, check and cancel backups; see' },
  restore: { label: 'restore', what: 'serve or download backed-up data; see' },
  admin: { label: 'admin', what: 'everything your role may do, except people and tokens' },
}

export const tokenTones: Readonly<Record<'active' | 'expired' | 'revoked', { tone: Tone; label: string }>> = {
  active: { tone: 'ok', label: 'Active' },
  expired: { tone: 'warn', label: 'Expired' },
  revoked: { tone: 'unknown', label: 'Revoked' },
}

export const personTones: Readonly<Record<'active' | 'invited' | 'disabled', { tone: Tone; label: string }>> = {
  active: { tone: 'ok', label: 'Active' },
  invited: { tone: 'warn', label: 'Invited' },
  disabled: { tone: 'unknown', label: 'Disabled' },
}

/** A browser's long word for itself, in short: which browser on which system. */
export function agentWords(agent: string | null): string {
  if (agent === null || agent === '') return 'A program that does not say what it is'
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\/(\d+)/
  const found = /Edg\/|OPR\//.test(agent) ? /(Edg|OPR)\/(\d+)/.exec(agent) : browser.exec(agent)
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0]
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS' }
  if (!found) return agent.slice(0, 60)
  const name = `${names[found[1] ?? ''] ?? found[1]} ${found[2]}`
  return system ? `${name} on ${names[system] ?? system}` : name
}
