import type { AuditEntry } from '#contracts/audit.ts'

/** What comes from outside may be called as what every object has. */
const own = (table: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/** What was asked for, as a person says it. What stands not here is shown by its own name. */
const actions: Readonly<Record<string, string>> = {
  'appliances.howToJoin': 'Asked how an appliance joins',
  'appliances.probe': 'Probed an appliance',
  'appliances.register': 'Added an appliance',
  'appliances.revoke': 'Revoked an appliance',
  'appliances.setLimit': 'Set the rate limit of an appliance',
  'appliances.start': 'Let an appliance dial in',
  'appliances.stop': 'Paused an appliance',
  'audit.export': 'Saved the audit trail',
  'audit.setRetention': 'Changed how long the audit trail is kept',
  'backups.cancel': 'Cancelled a backup',
  'backups.start': 'Started a backup',
  'change-password': 'Changed the password',
  'checks.start': 'Started a check',
  'enrolments.approve': 'Let an appliance join',
  'enrolments.offer': 'Made a pairing code',
  'enrolments.reject': 'Turned an appliance away',
  'enrolments.withdraw': 'Withdrew a pairing code',
  'exports.probe': 'Probed an export',
  'exports.start': 'Served a disk of a restore point',
  'exports.stop': 'Stopped an export',
  'housekeeping.clean': 'Cleaned up what was left over',
  'people.endAccess': 'Ended somebody’s access',
  'people.invite': 'Invited somebody',
  'people.passwordLink': 'Made a link for a new password',
  'people.remove': 'Removed a person',
  'people.setDisabled': 'Disabled or enabled a person',
  'people.setRole': 'Changed a role',
  'people.turnOffSecondFactor': 'Turned off somebody’s second factor',
  'repositories.check': 'Tried a directory for a repository',
  'repositories.create': 'Added a repository',
  'repositories.look': 'Had a repository’s restore points looked at',
  'repositories.probe': 'Checked a repository',
  'repositories.remove': 'Removed a repository',
  'reset-access': 'Reset the access to the hub',
  'secrets.remove': 'Removed a secret',
  'secrets.set': 'Set a secret',
  'sessions.revoke': 'Ended a session',
  'sessions.revokeOthers': 'Ended all other sessions',
  'settings.setCatalogue': 'Changed how often restore points are looked at',
  'settings.setThresholds': 'Changed the limits of silence',
  'setup.createAdministrator': 'Set up the hub',
  'sign-in.email': 'Signed in',
  'sign-in.link': 'Opened a sign-in link',
  'sign-in.password': 'Set a password by a link',
  'sign-out': 'Signed out',
  'support.prepare': 'Collected a support bundle',
  'tokens.create': 'Made an API token',
  'tokens.revoke': 'Revoked an API token',
  'tunnels.probe': 'Probed a tunnel',
  'tunnels.restart': 'Restarted a tunnel',
  'tunnels.start': 'Opened a tunnel',
  'tunnels.stop': 'Closed a tunnel',
  'two-factor.disable': 'Turned off the second factor',
  'two-factor.enable': 'Began to enable a second factor',
  'two-factor.generate-backup-codes': 'Made new backup codes',
  'two-factor.verify-backup-code': 'Gave a backup code',
  'two-factor.verify-totp': 'Gave a code of the authenticator',
  'vms.allowUnknown': 'Set whether an unknown state of a disk is allowed',
  'vms.refresh': 'Read an inventory again',
}

/** Null: nobody has found words for it yet. */
export const actionWords = (action: string): string | null => own(actions, action) ?? null

const fields: Readonly<Record<string, string>> = {
  vmId: 'machine',
  repositoryId: 'repository',
  applianceId: 'appliance',
  backupDiskId: 'disk',
  jobId: 'backup',
  expiresInDays: 'days until it expires',
  days: 'days',
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  const words = Array.isArray(value) && value.every((one) => typeof one === 'string')
  return words ? value.join(' ') : JSON.stringify(value)
}

/** On what, in one line: ids by what they are called now, where that is known. */
export function about(target: AuditEntry['target'], names: Readonly<Record<string, string>>): string {
  return Object.entries(target ?? {})
    .map(([field, value]) => {
      const name = typeof value === 'string' ? own(names, value) : undefined
      // The action says what kind of thing it is.
      if (field === 'id') return name ?? text(value)
      return `${own(fields, field) ?? field}: ${name ?? text(value)}`
    })
    .join(', ')
}

/** The same as it was given: what a search finds it by. */
export const given = (target: AuditEntry['target']): string =>
  Object.entries(target ?? {})
    .map(([field, value]) => `${field}: ${text(value)}`)
    .join(', ')
