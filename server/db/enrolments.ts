import type { EnrolmentView } from '#contracts/enrolment.ts'
import { ProblemError } from '#contracts/problem.ts'
import { revokedLike } from './appliances.ts'
import type { Db, Prisma, PrismaClient } from './client.ts'
import { appendEvent } from './events.ts'

/** How long a pairing code may be used, and how long its user waits for a decision. */
export const CODE_MS = 15 * 60_000
export const REQUEST_MS = 24 * 3_600_000
/** What was decided is in the list for so long, and on record for so long. */
const SHOWN_MS = 3_600_000
const KEPT_MS = 30 * 24 * 3_600_000

type Row = Prisma.EnrolmentGetPayload<object>

const isOpen = ({ state }: Pick<Row, 'state'>) => state === 'offered' || state === 'pending'

/** The row's state, once its time is looked at. */
export function stateOf(row: Pick<Row, 'state' | 'expiresAt'>, now = new Date()): EnrolmentView['state'] {
  return isOpen(row) && row.expiresAt <= now ? 'expired' : row.state
}

/** What an appliance has said of itself; null while it has not. */
export function requestOf(row: Row) {
  const { publicKey, fingerprint, name, buildId, protocol, exchangeKey, requestedAt, address } = row
  if (!publicKey || !fingerprint || !name || !buildId || protocol === null || !exchangeKey || !requestedAt) return null
  return { publicKey, fingerprint, name, buildId, protocol, exchangeKey, requestedAt, address }
}

async function toView(db: Pick<PrismaClient, 'appliance'>, row: Row): Promise<EnrolmentView> {
  const said = requestOf(row)
  const former = said && row.state === 'pending' ? await revokedLike(db, said) : null
  return {
    id: row.id,
    state: stateOf(row),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    request: said && {
      name: said.name,
      fingerprint: said.fingerprint,
      address: said.address,
      buildId: said.buildId,
      protocol: said.protocol,
      at: said.requestedAt.toISOString(),
      replaces: former?.name ?? null,
    },
    applianceId: row.applianceId,
  }
}

/** Codes and requests that wait, and what was decided within the hour; newest first. */
export async function listEnrolments(prisma: PrismaClient): Promise<EnrolmentView[]> {
  const recent = { gt: new Date(Date.now() - SHOWN_MS) }
  const waiting = { state: { in: ['offered' as const, 'pending' as const] }, expiresAt: { gt: new Date() } }
  const rows = await prisma.enrolment.findMany({
    where: { OR: [waiting, { createdAt: recent }, { decidedAt: recent }] },
    orderBy: { createdAt: 'desc' },
    take: 200,
  })
  return Promise.all(rows.map((row) => toView(prisma, row)))
}

/** @throws ProblemError `not_found` */
export async function enrolmentView(prisma: PrismaClient, id: string): Promise<EnrolmentView> {
  const row = await prisma.enrolment.findUnique({ where: { id } })
  if (row) return toView(prisma, row)
  throw new ProblemError({
    code: 'not_found',
    happened: 'There is no such pairing code or request.',
    safe: 'Nothing was changed.',
  })
}

/** Offers a code, and forgets what nobody needs any more. */
export async function offerCode(
  prisma: PrismaClient,
  { codeKey, userId }: { codeKey: string; userId: string | null },
): Promise<EnrolmentView> {
  return prisma.$transaction(async (tx) => {
    await tx.enrolment.deleteMany({ where: { expiresAt: { lt: new Date(Date.now() - KEPT_MS) } } })
    const expiresAt = new Date(Date.now() + CODE_MS)
    const row = await tx.enrolment.create({ data: { codeKey, expiresAt, createdById: userId } })
    await appendEvent(tx, { kind: 'enrolments.changed' })
    return toView(tx, row)
  })
}

/** The offer of a code that may still be used; null for every other. */
export function offered(db: Pick<PrismaClient, 'enrolment'>, codeKey: string): Promise<Row | null> {
  return db.enrolment.findFirst({ where: { codeKey, state: 'offered', expiresAt: { gt: new Date() } } })
}

/** Keeps the nonces of a challenge; false when the code was used or withdrawn meanwhile. */
export async function keepNonces(
  prisma: PrismaClient,
  id: string,
  nonces: { applianceNonce: string; hubNonce: string },
): Promise<boolean> {
  return (await prisma.enrolment.updateMany({ where: { id, state: 'offered' }, data: nonces })).count === 1
}

export type EnrolmentSaid = Pick<Prisma.EnrolmentUpdateManyMutationInput, 'address'> & {
  publicKey: string
  fingerprint: string
  name: string
  buildId: string
  protocol: number
  exchangeKey: string
}

/** Uses the code up, by the nonce it was challenged with: of two, one wins. Null: it was used already. */
export async function useCode(
  prisma: PrismaClient,
  offer: Row,
  said: EnrolmentSaid,
): Promise<{ expiresAt: Date } | null> {
  const expiresAt = new Date(Date.now() + REQUEST_MS)
  return prisma.$transaction(async (tx) => {
    const { count } = await tx.enrolment.updateMany({
      where: { id: offer.id, state: 'offered', hubNonce: offer.hubNonce },
      data: { ...said, state: 'pending', requestedAt: new Date(), expiresAt },
    })
    if (count === 0) return null
    await appendEvent(tx, { kind: 'enrolments.changed' })
    return { expiresAt }
  })
}

/**
 * Moves an open one to its end, by compare-and-set.
 * @throws ProblemError `conflict` when it is no longer in that state, or its time is over
 */
export async function decide(
  tx: Db,
  id: string,
  from: 'offered' | 'pending',
  to: { state: 'approved' | 'rejected' | 'withdrawn'; userId: string | null; applianceId?: string },
): Promise<void> {
  const { count } = await tx.enrolment.updateMany({
    where: { id, state: from, expiresAt: { gt: new Date() } },
    data: { state: to.state, decidedAt: new Date(), decidedById: to.userId, applianceId: to.applianceId ?? null },
  })
  if (count === 0)
    throw new ProblemError({
      code: 'conflict',
      happened:
        from === 'offered'
          ? 'This code was used or has expired already.'
          : 'This request was decided already, or has expired.',
      safe: 'Nothing was changed.',
    })
  await appendEvent(tx, { kind: 'enrolments.changed' })
}
