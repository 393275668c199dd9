import pg from 'pg'

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
