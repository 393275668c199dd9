import pg from 'pg'
import type { Db } from './client.ts'

/** Session-level advisory lock: one engine owns this hub's processes. */
const ENGINE_LOCK = 7310003

/** Holds the lock for as long as its connection lives. @throws Error when another engine holds it */
export async function lockEngine(url: string): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  client.on('error', () => undefined)
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS locked', [ENGINE_LOCK])
  if (rows[0]?.locked !== true) {
    await client.end()
    throw new Error('Another engine runs on this database already.')
  }
  return { [Symbol.asyncDispose]: () => client.end().catch(() => undefined) }
}

/** True while an engine holds the lock: known without asking it, so it costs a reader nothing. */
export async function engineRuns(db: Db): Promise<boolean> {
  const rows = await db.$queryRaw<{ held: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM pg_locks
      WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = ${ENGINE_LOCK}::int::oid AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS held`
  return rows[0]?.held === true
}
