import { randomUUID } from 'node:crypto'
import type { ApplianceLimit } from '#contracts/appliance.ts'
import { MIB } from '#contracts/limit.ts'
import { ProblemError } from '#contracts/problem.ts'
import { activeState } from './active.ts'
import { isUniqueViolation, json, NOTHING, type Prisma, type PrismaClient } from './client.ts'
import { appendEvent } from './events.ts'
import { applianceTokenPlace, holdVault } from './vault.ts'

/** Two who take a control port at once would take the same one. */
const PORTS_LOCK = 7_312_001

export interface NewAppliance {
  name: string
  publicKey: string
  fingerprint: string
  /** The token of its API, sealed for that place (db/vault.ts). */
  sealToken(place: string): Promise<Uint8Array>
}

async function freePort(tx: Prisma.TransactionClient, [from, to]: readonly [number, number]): Promise<number> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${PORTS_LOCK}::bigint)`
  const taken = new Set((await tx.appliance.findMany({ select: { apiPort: true } })).map((row) => row.apiPort))
  for (let port = from; port <= to; port++) if (!taken.has(port)) return port
  throw new ProblemError({
    code: 'no_free_port',
    happened: `All control ports ${from}-${to} belong to appliances.`,
    remedy: 'Widen SENDENSE_CONTROL_PORTS and restart the hub.',
  })
}

/**
 * The row that an appliance of that key or name takes over: a revoked one, so that its machines and their history go on.
 * Of two, the one of the same key.
 */
export async function revokedLike(
  db: Pick<PrismaClient, 'appliance'>,
  { name, fingerprint }: { name: string; fingerprint: string },
): Promise<{ id: string; name: string; apiPort: number } | null> {
  const rows = await db.appliance.findMany({
    where: { state: 'revoked', OR: [{ fingerprint }, { name }] },
    select: { id: true, name: true, apiPort: true, fingerprint: true },
  })
  return rows.find((row) => row.fingerprint === fingerprint) ?? rows[0] ?? null
}

/**
 * Writes who may dial in: a row with the lowest control port that no other has, or that of a revoked one
 * ({@link revokedLike}). The key file is written afterwards, from the database.
 * @throws ProblemError `conflict` when another has the name or key, `no_free_port`
 */
export async function writeAppliance(
  tx: Prisma.TransactionClient,
  { sealToken, ...appliance }: NewAppliance,
  controlPorts: readonly [number, number],
): Promise<{ id: string; apiPort: number }> {
  await holdVault(tx)
  const former = await revokedLike(tx, appliance)
  const id = former?.id ?? randomUUID()
  const apiPort = former?.apiPort ?? (await freePort(tx, controlPorts))
  const row = { ...appliance, apiPort, apiTokenSealed: Uint8Array.from(await sealToken(applianceTokenPlace(id))) }
  const fresh = { enabled: true, state: 'offline' as const, problem: NOTHING, lastSeenAt: null, appliedLimit: NOTHING }
  try {
    await tx.appliance.upsert({ where: { id }, create: { id, ...row }, update: { ...row, ...fresh } })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new ProblemError({
      code: 'conflict',
      field: 'name',
      happened: 'Another appliance has this name or key already.',
      safe: 'Nothing was changed.',
      remedy: 'Choose another name, or revoke the other one first.',
    })
  }
  await appendEvent(tx, { kind: 'appliance.changed', applianceId: id })
  return { id, apiPort }
}

/**
 * Lets an appliance in no more, forgets its token, and asks its running jobs to end. Who calls this writes the keys and ends
 * the sessions.
 * @returns the control key's fingerprint
 */
export async function revokeAppliance(prisma: PrismaClient, id: string): Promise<string> {
  return prisma.$transaction(async (tx) => {
    const gone = { connectedAt: null, roundTripMs: null, problem: NOTHING, apiTokenSealed: new Uint8Array(0) }
    const data = { enabled: false, state: 'revoked' as const, ...gone }
    const { fingerprint } = await tx.appliance.update({ where: { id }, data, select: { fingerprint: true } })
    const running = {
      applianceId: id,
      state: activeState,
    }
    const jobs = await tx.job.findMany({ where: running, select: { id: true, cancelRequestedAt: true } })
    for (const job of jobs) {
      await tx.job.update({ where: { id: job.id }, data: { cancelRequestedAt: job.cancelRequestedAt ?? new Date() } })
      await tx.$executeRaw`SELECT pg_notify('sendense_cancel', ${job.id})`
    }
    if (jobs.length > 0)
      await tx.$queryRaw`SELECT id FROM graphile_worker.add_job('jobs', '{}'::json, job_key => 'jobs')`
    await appendEvent(tx, { kind: 'appliance.changed', applianceId: id })
    await appendEvent(tx, { kind: 'tunnels.changed' })
    return fingerprint
  })
}

/** Sets the limit of an appliance, and wakes the engine to tell it. @param mibPerSecond null: none */
export async function writeLimit(prisma: PrismaClient, id: string, mibPerSecond: number | null): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await tx.appliance.update({ where: { id }, data: { limitMibPerSecond: mibPerSecond } })
    await tx.$executeRaw`SELECT pg_notify('sendense_limit', ${id})`
    await appendEvent(tx, { kind: 'appliance.changed', applianceId: id })
  })
}

/** The limit that an appliance should have; undefined: it is not let in. */
export async function wantedLimit(
  prisma: Pick<PrismaClient, 'appliance'>,
  id: string,
): Promise<ApplianceLimit | undefined> {
  const row = await prisma.appliance.findUnique({
    where: { id, enabled: true },
    select: { limitMibPerSecond: true },
  })
  if (!row) return undefined
  return { bytesPerSecond: row.limitMibPerSecond === null ? null : row.limitMibPerSecond * MIB }
}

/** Keeps what an appliance says to be in force; told when it is another than before. */
export async function noteLimit(prisma: PrismaClient, id: string, { bytesPerSecond }: ApplianceLimit): Promise<void> {
  const appliedLimit = { bytesPerSecond, at: new Date().toISOString() }
  await prisma.$transaction(async (tx) => {
    const before = await tx.appliance.findUnique({ where: { id }, select: { appliedLimit: true } })
    const known = json<typeof appliedLimit>(before?.appliedLimit)
    await tx.appliance.updateMany({ where: { id, enabled: true }, data: { appliedLimit } })
    if (known?.bytesPerSecond !== bytesPerSecond) await appendEvent(tx, { kind: 'appliance.changed', applianceId: id })
  })
}

/** Of these owners of data keys (jobs and checks), those whose appliance may not dial in. */
export async function ownersOut(
  db: Pick<PrismaClient, 'job' | 'check'>,
  owners: readonly string[],
): Promise<Set<string>> {
  const where = { id: { in: [...owners] }, appliance: { enabled: false } }
  const select = { id: true }
  const [jobs, checks] = await Promise.all([db.job.findMany({ where, select }), db.check.findMany({ where, select })])
  return new Set([...jobs, ...checks].map(({ id }) => id))
}
