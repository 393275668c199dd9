import pg from 'pg'
import { sleep } from '#lib/async/wait.ts'
import type { Db } from './client.ts'

/** Session-level advisory lock: one engine owns this hub's processes. */
export const ENGINE_LOCK = 7310003
const AGAIN_MS = 250

async function tryLock(url: string): Promise<pg.Client | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS locked', [ENGINE_LOCK])
    if (rows[0]?.locked === true) return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  await client.end()
  return null
}

export interface LockOptions {
  /** Called once, when another engine took the lock while this one had lost it. */
  onTaken: () => void
  /** How long the server may need to notice that our own lost connection is dead. Default 10 s. */
  graceMs?: number
}

/**
 * Holds the lock until disposed. It goes with its connection: when the database was away it is taken again, and who finds
 * it taken by another engine is told.
 * @throws Error when another engine holds it, or the database is out of reach
 */
export async function lockEngine(url: string, { onTaken, graceMs = 10_000 }: LockOptions): Promise<AsyncDisposable> {
  const stop = new AbortController()
  let client = await tryLock(url)
  if (client === null) throw new Error('Another engine runs on this database already.')
  const lost = (held: pg.Client) => new Promise<void>((resolve) => held.once('end', () => resolve()))
  const hold = async () => {
    while (client) {
      await Promise.race([lost(client), new Promise((resolve) => stop.signal.addEventListener('abort', resolve))])
      if (stop.signal.aborted) return
      client = await again()
      if (client === null && !stop.signal.aborted) onTaken()
    }
  }
  const again = async (): Promise<pg.Client | null> => {
    let refusedSince: number | null = null
    while (!stop.signal.aborted) {
      try {
        const found = await tryLock(url)
        if (found) return found
        refusedSince ??= performance.now()
        if (performance.now() - refusedSince > graceMs) return null
      } catch {
        // The database is away: nobody has the lock.
        refusedSince = null
      }
      await sleep(AGAIN_MS, stop.signal).catch(() => undefined)
    }
    return null
  }
  const holding = hold()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await holding
      await client?.end().catch(() => undefined)
    },
  }
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
