import { ProblemError } from '#contracts/problem.ts'
import type { PrismaClient } from '../../db/client.ts'
import type { AccessServices } from './api.ts'

/** The browsers in which a person is signed in. One that is taken out is a stranger at its next request. */
export function createSessions(prisma: PrismaClient): AccessServices['sessions'] {
  return {
    async list(userId, currentId) {
      const rows = await prisma.session.findMany({
        where: { userId, expiresAt: { gt: new Date() } },
        orderBy: { updatedAt: 'desc' },
        take: 200,
      })
      return rows.map((row) => ({
        id: row.id,
        current: row.id === currentId,
        address: row.ipAddress === '' ? null : row.ipAddress,
        agent: row.userAgent?.slice(0, 300) ?? null,
        createdAt: row.createdAt.toISOString(),
        lastSeenAt: row.updatedAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
      }))
    },

    async revoke(userId, id) {
      const { count } = await prisma.session.deleteMany({ where: { id, userId } })
      if (count === 0)
        throw new ProblemError({
          code: 'not_found',
          happened: 'You have no such session, or it has ended already.',
          remedy: 'Read the list again.',
        })
    },

    async revokeOthers(userId, currentId) {
      const { count } = await prisma.session.deleteMany({ where: { userId, id: { not: currentId ?? '' } } })
      return count
    },
  }
}
