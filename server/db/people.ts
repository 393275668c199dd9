import type { Db } from './client.ts'

// Any number that nothing else locks.
const PEOPLE = 5_301_140_042n

/** Until the transaction ends, nobody else changes who may do what. */
export async function lockPeople(db: Db): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(${PEOPLE})`
}
