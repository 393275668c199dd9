import { isUniqueViolation, type PrismaClient } from './client.ts'

export interface KeyOfOwner {
  owner: string
  key: string
}

/** Takes a key that nobody has. @returns false when somebody has it */
export async function insertKey(
  prisma: PrismaClient,
  row: KeyOfOwner & { request: string; holder: string; lockedUntil: Date; expiresAt: Date },
): Promise<boolean> {
  try {
    await prisma.idempotencyKey.create({ data: row, select: { key: true } })
    return true
  } catch (error) {
    if (isUniqueViolation(error)) return false
    throw error
  }
}

export function findKey(prisma: PrismaClient, { owner, key }: KeyOfOwner) {
  return prisma.idempotencyKey.findUnique({ where: { owner_key: { owner, key } } })
}

/** Takes over the key of one who did not answer in time: by compare-and-set, so that one gets it. */
export async function takeOverKey(
  prisma: PrismaClient,
  { owner, key }: KeyOfOwner,
  from: string,
  to: { holder: string; lockedUntil: Date },
): Promise<boolean> {
  const where = { owner, key, holder: from, status: null }
  return (await prisma.idempotencyKey.updateMany({ where, data: to })).count === 1
}

/** Keeps the answer, if the key is still the holder's. */
export async function answerKey(
  prisma: PrismaClient,
  { owner, key }: KeyOfOwner,
  holder: string,
  answer: { status: number; body: object; location: string | null },
): Promise<void> {
  await prisma.idempotencyKey.updateMany({ where: { owner, key, holder, status: null }, data: answer })
}

/** Gives the key back, as if it had never been used. */
export async function freeKey(prisma: PrismaClient, { owner, key }: KeyOfOwner, holder: string): Promise<void> {
  await prisma.idempotencyKey.deleteMany({ where: { owner, key, holder, status: null } })
}

export async function dropExpiredKeys(prisma: PrismaClient, now: Date): Promise<void> {
  await prisma.idempotencyKey.deleteMany({ where: { expiresAt: { lt: now } } })
}
