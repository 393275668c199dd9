import { createHash, randomBytes } from 'node:crypto'
import type { Scope } from '#contracts/access.ts'
import type { TokenView } from '#contracts/people.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { PrismaClient } from '../../db/client.ts'
import type { AccessServices } from './api.ts'

const PREFIX = 'sendense_'
const SHAPE = /^sendense_[A-Za-z0-9_-]{43}$/
const MOST = 50
const DAY_MS = 24 * 3600_000
const USE_IS_WRITTEN_EVERY_MS = 60_000

export const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

interface Row {
  id: string
  name: string
  prefix: string
  scopes: string[]
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  lastAddress: string | null
  revokedAt: Date | null
}

const isOver = (at: Date | null) => at !== null && at.getTime() <= Date.now()

function toView(row: Row): TokenView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes as Scope[],
    state: row.revokedAt ? 'revoked' : isOver(row.expiresAt) ? 'expired' : 'active',
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    lastAddress: row.lastAddress,
  }
}

/** Tokens of programs: a prefix that says what they are, and 256 random bits. */
export function createTokens(prisma: PrismaClient): AccessServices['tokens'] {
  return {
    async list(userId) {
      const gone = new Date(Date.now() - 30 * DAY_MS)
      const rows = await prisma.accessToken.findMany({
        where: { userId, OR: [{ revokedAt: null }, { revokedAt: { gt: gone } }] },
        orderBy: { createdAt: 'desc' },
      })
      return rows.map(toView)
    },

    async create(userId, { name, scopes, expiresInDays }) {
      const active = { userId, revokedAt: null }
      if ((await prisma.accessToken.count({ where: active })) >= MOST)
        throw new ProblemError({
          code: 'conflict',
          happened: `You have ${MOST} tokens already, and that is the most one person can have.`,
          safe: 'No token was made.',
          remedy: 'Revoke one that is not used any more.',
        })
      const token = `${PREFIX}${randomBytes(32).toString('base64url')}`
      const row = await prisma.accessToken.create({
        data: {
          userId,
          name,
          scopes: [...new Set(scopes)],
          prefix: token.slice(0, PREFIX.length + 6),
          hash: hashOf(token),
          expiresAt: expiresInDays === null ? null : new Date(Date.now() + expiresInDays * DAY_MS),
        },
      })
      return { token, view: toView(row) }
    },

    async revoke(userId, id) {
      const { count } = await prisma.accessToken.updateMany({
        where: { id, userId, revokedAt: null },
        data: { revokedAt: new Date() },
      })
      if (count === 0)
        throw new ProblemError({
          code: 'not_found',
          happened: 'You have no such token, or it was revoked already.',
          remedy: 'Read the list again.',
        })
    },

    async find(token, address) {
      if (!SHAPE.test(token)) return null
      const row = await prisma.accessToken.findUnique({ where: { hash: hashOf(token) }, include: { user: true } })
      if (!row || row.revokedAt || isOver(row.expiresAt) || row.user.disabledAt) return null
      const stale = new Date(Date.now() - USE_IS_WRITTEN_EVERY_MS)
      if (row.lastUsedAt === null || row.lastUsedAt < stale)
        await prisma.accessToken.updateMany({
          where: { id: row.id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: stale } }] },
          data: { lastUsedAt: new Date(), lastAddress: address },
        })
      const { id: userId, name, email, role } = row.user
      return { tokenId: row.id, tokenName: row.name, scopes: row.scopes, userId, name, email, role }
    },
  }
}
