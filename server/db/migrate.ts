import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { ProblemError } from '#contracts/problem.ts'
import { type AppliedMigration, type Migration, planMigrations } from './migration-plan.ts'

/** Two hubs that start at once take turns. The number only has to be ours: "sendense" in ASCII, cut to 63 bits. */
const LOCK_KEY = '8315180309486236517'

/** Prisma's own table, as its engine makes it. */
const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

/** The migrations of this build, oldest first. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(
    names.toSorted().map(async (name) => {
      const sql = await readFile(path.join(directory, name, 'migration.sql'))
      return { name, sql: sql.toString('utf8'), checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  )
  return rows.map((row) => ({ name: row.migration_name, checksum: row.checksum, finished: row.finished }))
}

/** One migration and its row in one transaction: after a failure nothing of it is left. */
async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    // Without parameters this is one simple query: function bodies may hold semicolons.
    await client.query(migration.sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw new ProblemError(
      {
        code: 'internal',
        happened: `The database change "${migration.name}" failed: ${(error as Error).message}`,
        safe: 'It was rolled back as a whole; the database is as it was before, backups are not touched.',
        remedy: 'This is a fault of Sendense: start the former version again and report it.',
      },
      { cause: error },
    )
  }
}

/** The address without what may be a password. */
function shown(url: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url)
    return `${searchParams.get('host') ?? hostname}${port ? `:${port}` : ''}${pathname}`
  } catch {
    return 'the address in DATABASE_URL'
  }
}

async function connect(url: string): Promise<pg.Client> {
  try {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
    // A connection that breaks later rejects the query under way; without a listener it would end the process.
    client.on('error', () => undefined)
    await client.connect()
    return client
  } catch (error) {
    throw new ProblemError(
      {
        code: 'unavailable',
        happened: `The database at ${shown(url)} does not answer: ${(error as Error).message}`,
        safe: 'Nothing was changed.',
        remedy: 'Check that PostgreSQL runs there and that DATABASE_URL is right.',
      },
      { cause: error },
    )
  }
}

/**
 * Brings the database to this build's schema and keeps `_prisma_migrations` true, so that Prisma's tools agree.
 * Several may call it at once.
 * @param directory  prisma/migrations
 * @returns the names applied now
 * @throws ProblemError when it cannot be reached, is newer than this build, or holds another history
 */
export async function migrate(url: string, directory: string): Promise<string[]> {
  const known = await readMigrations(directory)
  const client = await connect(url)
  try {
    await client.query('SELECT pg_advisory_lock($1::bigint)', [LOCK_KEY])
    await client.query(TABLE)
    const open = planMigrations(known, await readApplied(client))
    for (const migration of open) await apply(client, migration)
    return open.map(({ name }) => name)
  } finally {
    // The lock belongs to the session and ends with it.
    await client.end()
  }
}
