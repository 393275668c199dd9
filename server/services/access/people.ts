import { randomUUID } from 'node:crypto'
import type { Role } from '#contracts/access.ts'
import type { Person } from '#contracts/people.ts'
import { ProblemError } from '#contracts/problem.ts'
import { type Db, isUniqueViolation, type Prisma, type PrismaClient } from '../../db/client.ts'
import { lockPeople } from '../../db/people.ts'
import { createPasswordLink } from '../auth/password-link.ts'
import { found } from '../found.ts'
import type { AccessServices } from './api.ts'

const INVITED_HOURS = 7 * 24
const RESET_HOURS = 24

const shown = () => {
  const now = new Date()
  return {
    twoFactorEnabled: true,
    accounts: { select: { password: true } },
    sessions: { where: { expiresAt: { gt: now } }, select: { updatedAt: true } },
    tokens: {
      where: { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
      select: { lastUsedAt: true },
    },
    ...{ id: true, name: true, email: true, role: true, disabledAt: true, createdAt: true },
  } satisfies Prisma.UserSelect
}
type Row = Prisma.UserGetPayload<{ select: ReturnType<typeof shown> }>

function toPerson(row: Row): Person {
  const seen = [...row.sessions.map(({ updatedAt }) => updatedAt), ...row.tokens.map(({ lastUsedAt }) => lastUsedAt)]
  const last = Math.max(0, ...seen.map((at) => at?.getTime() ?? 0))
  const invited = !row.accounts.some(({ password }) => password !== null)
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role as Role,
    state: row.disabledAt ? 'disabled' : invited ? 'invited' : 'active',
    secondFactor: row.twoFactorEnabled,
    sessions: row.sessions.length,
    tokens: row.tokens.length,
    lastSeenAt: last === 0 ? null : new Date(last).toISOString(),
    createdAt: row.createdAt.toISOString(),
  }
}

/** Refuses what would leave nobody who can sign in and mind this hub. Under the lock: two at once cannot both pass. */
async function anotherAdministrator(db: Db, userId: string): Promise<void> {
  const others = await db.user.count({
    where: {
      id: { not: userId },
      role: 'administrator',
      disabledAt: null,
      accounts: { some: { password: { not: null } } },
    },
  })
  if (others === 0)
    throw new ProblemError({
      code: 'conflict',
      happened: 'This is the last administrator who can sign in.',
      safe: 'Nothing was changed.',
      remedy: 'Make somebody else an administrator first.',
    })
}

/** Who signs in here. `url` is where people reach the dashboard. */
export function createPeople(prisma: PrismaClient, url: string): AccessServices['people'] {
  const one = async (db: Db, id: string) =>
    found(await db.user.findUnique({ where: { id }, select: shown() }), 'person', id)

  /** Changes one person, with all others locked out of such changes. */
  const change = (id: string, work: (db: Db, present: Row) => Promise<unknown>) =>
    prisma.$transaction(async (db) => {
      await lockPeople(db)
      await work(db, await one(db, id))
    })
  const changed = async (id: string, work: Parameters<typeof change>[1]) => {
    await change(id, work)
    return toPerson(await one(prisma, id))
  }

  return {
    async list() {
      const rows = await prisma.user.findMany({ select: shown(), orderBy: [{ name: 'asc' }, { id: 'asc' }] })
      return rows.map(toPerson)
    },

    async invite({ name, email, role }) {
      const id = randomUUID()
      try {
        await prisma.user.create({ data: { id, name, email: email.toLowerCase(), emailVerified: true, role } })
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        throw new ProblemError({
          code: 'conflict',
          field: 'email',
          happened: `Somebody signs in as ${email} already.`,
          remedy: 'Give that person another role, or take another address.',
        })
      }
      const link = await createPasswordLink(prisma, { url, userId: id, hours: INVITED_HOURS })
      return { person: toPerson(await one(prisma, id)), link }
    },

    async passwordLink(userId) {
      await one(prisma, userId)
      return createPasswordLink(prisma, { url, userId, hours: RESET_HOURS })
    },

    setRole: (id, role) =>
      changed(id, async (db, present) => {
        if (present.role === 'administrator' && role !== 'administrator') await anotherAdministrator(db, id)
        await db.user.update({ where: { id }, data: { role } })
      }),

    setDisabled: (id, disabled) =>
      changed(id, async (db, present) => {
        if (disabled && present.role === 'administrator') await anotherAdministrator(db, id)
        await db.user.update({ where: { id }, data: { disabledAt: disabled ? new Date() : null } })
        if (disabled) await db.session.deleteMany({ where: { userId: id } })
      }),

    endAccess: (id) =>
      changed(id, async (db) => {
        await db.session.deleteMany({ where: { userId: id } })
        await db.accessToken.updateMany({ where: { userId: id, revokedAt: null }, data: { revokedAt: new Date() } })
      }),

    turnOffSecondFactor: (id) =>
      changed(id, async (db) => {
        await db.twoFactor.deleteMany({ where: { userId: id } })
        await db.user.update({ where: { id }, data: { twoFactorEnabled: false } })
      }),

    remove: (id) =>
      change(id, async (db, present) => {
        if (present.role === 'administrator') await anotherAdministrator(db, id)
        await db.verification.deleteMany({ where: { value: id } })
        await db.user.delete({ where: { id } })
      }),
  }
}
