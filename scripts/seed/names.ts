import type { Random } from './random.ts'

const roles = [
  ...(['web', 'api', 'db', 'pg', 'mail', 'cache', 'queue', 'build', 'files', 'proxy', 'erp', 'crm', 'vpn'] as const),
  ...(['dns', 'ldap', 'git', 'wiki', 'print', 'monitor', 'backup-test', 'terminal', 'sap', 'exchange', 'mes'] as const),
] as const
const places = ['ber', 'muc', 'par', 'lon', 'nyc', 'sin', 'lab', 'dmz'] as const
const stages = ['prod', 'test', 'dev', 'stage'] as const

/** Names that have broken software before; each list begins with some of them. */
export const hardNames: readonly string[] = [
  // Two machines of one name.
  'fileserver',
  'fileserver',
  'خادم الملفات',
  'שרת בסיס נתונים 01',
  'データベース・サーバー',
  `very long name ${'of a machine that somebody described at length '.repeat(4)}`.slice(0, 200),
  'Buchhaltung, alt (nicht löschen!)',
  'web-disk-2000',
  '../etc/passwd',
  'db:5432',
  '<b>bold</b> & "quoted"',
]

/** The name of the nth machine. */
export function vmName(n: number, random: Random): string {
  const hard = hardNames[n]
  if (hard !== undefined) return hard
  const number = String(random.int(1, 99)).padStart(2, '0')
  return `${random.pick(places)}-${random.pick(roles)}-${random.pick(stages)}-${number}`
}
