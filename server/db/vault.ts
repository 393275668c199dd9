import type { SecretView } from '#contracts/secrets.ts'
import type { Prisma, PrismaClient } from './client.ts'

/** Who seals takes it shared, a rotation alone: so nothing is sealed by a key that is on its way out. */
const VAULT_LOCK = 7_312_002

/** Where each sealed value belongs: what binds it to its row. */
export const applianceTokenPlace = (id: string): string => `appliance:${id}`
export const secretPlace = ({ id, kind }: { id: string; kind: string }): string => `secret:${kind}:${id}`

/** Call it in the transaction that stores something sealed, before it is sealed. */
export async function holdVault(tx: Prisma.TransactionClient): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${VAULT_LOCK}::bigint)`
}

export interface Sealed {
  place: string
  bytes: Uint8Array
}

/**
 * Every sealed value of the hub through `reseal`, in one transaction: all are written, or none. Waits for those who are sealing.
 * @returns how many there were
 */
export async function resealAll(
  prisma: PrismaClient,
  reseal: (sealed: Sealed) => Promise<Uint8Array>,
): Promise<number> {
  return prisma.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${VAULT_LOCK}::bigint)`
      const appliances = await tx.appliance.findMany({ select: { id: true, apiTokenSealed: true } })
      // A revoked one has no token any more.
      const tokens = appliances.filter(({ apiTokenSealed }) => apiTokenSealed.length > 0)
      for (const { id, apiTokenSealed: bytes } of tokens) {
        const apiTokenSealed = Uint8Array.from(await reseal({ place: applianceTokenPlace(id), bytes }))
        await tx.appliance.update({ where: { id }, data: { apiTokenSealed } })
      }
      const secrets = await tx.secret.findMany({ select: { id: true, kind: true, sealed: true } })
      for (const { id, kind, sealed: bytes } of secrets) {
        const sealed = Uint8Array.from(await reseal({ place: secretPlace({ id, kind }), bytes }))
        await tx.secret.update({ where: { id }, data: { sealed } })
      }
      return tokens.length + secrets.length
    },
    { timeout: 300_000 },
  )
}

type Row = Omit<Prisma.SecretGetPayload<object>, 'sealed'>
const select = { id: true, kind: true, name: true, createdAt: true, updatedAt: true, updatedById: true }

const toView = ({ id, kind, name, createdAt, updatedAt }: Row): SecretView => ({
  ...{ id, kind: kind as SecretView['kind'], name },
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

/** Names and times, never a value. */
export async function listSecrets(prisma: PrismaClient): Promise<SecretView[]> {
  return (await prisma.secret.findMany({ select, orderBy: { name: 'asc' } })).map(toView)
}

/** Stores a value under a name, in the place of the former one if there is one. */
export async function storeSecret(
  prisma: PrismaClient,
  { kind, name, userId }: { kind: SecretView['kind']; name: string; userId: string | null },
  seal: (place: string) => Promise<Uint8Array>,
): Promise<SecretView> {
  return prisma.$transaction(async (tx) => {
    await holdVault(tx)
    const where = { kind_name: { kind, name } }
    const none = { kind, name, sealed: new Uint8Array(0) }
    // The row comes first: its id is what the value is bound to.
    const { id } = await tx.secret.upsert({ where, create: none, update: {}, select: { id: true } })
    const sealed = Uint8Array.from(await seal(secretPlace({ id, kind })))
    return toView(await tx.secret.update({ where: { id }, data: { sealed, updatedById: userId }, select }))
  })
}

/** @returns false when there is none of that id */
export async function removeSecret(prisma: PrismaClient, id: string): Promise<boolean> {
  return (await prisma.secret.deleteMany({ where: { id } })).count === 1
}
