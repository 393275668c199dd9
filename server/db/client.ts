import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from './generated/client.ts'

export type { PrismaClient }
/** A client inside or outside a transaction. */
export type Db = PrismaClient | Prisma.TransactionClient
export { Prisma }
/** A piece of a statement, with its values apart. */
export type Sql = Prisma.Sql

/** Empties a JSON column: `undefined` would leave it as it is. */
export const NOTHING = Prisma.DbNull

/**
 * Opens the database through Prisma.
 * @param url  a postgresql:// URL; a unix socket directory goes into `?host=/dir`
 */
export function openDatabase(url: string): PrismaClient {
  return new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, max: 10, connectionTimeoutMillis: 5000 }),
    transactionOptions: { maxWait: 10_000, timeout: 20_000 },
  })
}

/** True when a unique index refused the write. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === 'P2002'
}

/** Reads a JSON column that holds what we wrote; null stays null. */
export function json<T>(value: unknown): T | null {
  return (value ?? null) as T | null
}
