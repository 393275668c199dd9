import type { AuditEntry } from '#contracts/audit.ts'
import { type AuditRow, auditDays, deleteOldAudit, readAudit, setAuditDays, writeAudit } from '../../db/audit.ts'
import type { PrismaClient } from '../../db/client.ts'
import type { AccessServices } from './api.ts'
import { idsNamed, namesOf } from './audit-names.ts'

/** One line of the trail, before it is written. */
export type AuditNote = Omit<AuditEntry, 'seq' | 'at'>

const MOST_TEXT = 200
const MOST_LIST = 20

/** Fields of an input that say what it is about and hold no secret. What stands not here is not written. */
const TOLD = new Set([
  ...['id', 'vmId', 'repositoryId', 'applianceId', 'backupDiskId', 'jobId', 'name', 'path', 'email', 'role'],
  ...['scopes', 'expiresInDays', 'type', 'disabled', 'days', 'items', 'kind', 'mibPerSecond'],
  ...['diskKey', 'allowUnknown', 'reason', 'until'],
])

/** Text that every database and terminal takes: no control characters, no half of a surrogate pair. */
const plain = (text: string, most: number) =>
  text
    .slice(0, most)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '�')

function told(value: unknown): unknown {
  if (typeof value === 'string') return plain(value, MOST_TEXT)
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  if (Array.isArray(value)) return value.slice(0, MOST_LIST).map((one) => (typeof one === 'object' ? null : told(one)))
  return undefined
}

/** What an input is about, bounded, for the trail. Null when there is nothing to say. */
export function auditTarget(input: unknown): Record<string, unknown> | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return null
  const entries = Object.entries(input)
    .filter(([name]) => TOLD.has(name))
    .map(([name, value]) => [name, told(value)] as const)
    .filter(([, value]) => value !== undefined)
  return entries.length === 0 ? null : Object.fromEntries(entries)
}

const cut = (text: string | null) => (text === null ? null : plain(text, 320))

const toEntry = (row: AuditRow): AuditEntry => ({
  seq: String(row.seq),
  at: row.at.toISOString(),
  userId: row.userId,
  who: row.who,
  via: row.via as AuditEntry['via'],
  token: row.token,
  address: row.address,
  action: row.action,
  target: row.target as AuditEntry['target'],
  outcome: row.outcome as AuditEntry['outcome'],
  code: row.code,
})

const DAY_MS = 24 * 3600_000
const PAGE = 50
const EXPORT_PAGE = 500

/** The trail of what people and programs did. */
export function createAudit(prisma: PrismaClient): AccessServices['audit'] {
  let cutAt = 0
  return {
    async note(entry) {
      const bounded = { ...entry, who: cut(entry.who), token: cut(entry.token), address: cut(entry.address) }
      await writeAudit(prisma, bounded).catch((error: unknown) => {
        console.error(
          JSON.stringify({
            level: 'error',
            msg: 'the audit trail was not written',
            entry: bounded,
            error: String(error),
          }),
        )
      })
      if (Date.now() - cutAt < DAY_MS) return
      cutAt = Date.now()
      await deleteOldAudit(prisma).catch(() => undefined)
    },

    async list({ cursor, limit = PAGE, ...filter }) {
      const ids = await idsNamed(prisma, filter.search ?? '')
      const rows = await readAudit(prisma, filter, { before: cursor ?? null, limit: limit + 1, ids })
      const items = rows.slice(0, limit).map(toEntry)
      const nextCursor = rows.length > limit ? (items.at(-1)?.seq ?? null) : null
      return { items, nextCursor, names: await namesOf(prisma, items) }
    },

    async *all(filter, until = null) {
      const ids = await idsNamed(prisma, filter.search ?? '')
      let before = until === null ? null : String(BigInt(until) + 1n)
      for (;;) {
        const rows = await readAudit(prisma, filter, { before, limit: EXPORT_PAGE, ids })
        yield* rows.map(toEntry)
        const last = rows.at(-1)
        if (!last || rows.length < EXPORT_PAGE) return
        before = String(last.seq)
      }
    },

    retention: async () => ({ days: await auditDays(prisma) }),

    async setRetention(days) {
      await setAuditDays(prisma, days)
      await deleteOldAudit(prisma)
      return { days }
    },
  }
}
