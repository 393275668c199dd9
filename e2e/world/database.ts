import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { waitFor } from '#lib/async/wait.ts'

/** A PostgreSQL with a migrated template database. */
export interface TestServer {
  /** Any database of the server, with the right to create others. */
  adminUrl: string
  template: string
}

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestServer
  }
}

export interface TestDatabase extends AsyncDisposable {
  url: string
  name: string
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const parsed = new URL(url)
  parsed.pathname = `/${name}`
  return parsed.href
}

/** Runs statements on a connection of their own. */
export async function execute(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

const DROP_MS = 30_000
/** insufficient_privilege: an autovacuum worker, which is the server's own, is at work in it for a moment. */
const NOT_OURS = '42501'

/** With whatever connections it has. @throws Error when it is still there after {@link DROP_MS} */
async function drop(adminUrl: string, name: string): Promise<void> {
  const dropped = async () => {
    try {
      await execute(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      return true
    } catch (error) {
      if ((error as { code?: string }).code === NOT_OURS) return false
      throw error
    }
  }
  if (!(await waitFor(dropped, { deadlineMs: DROP_MS, everyMs: 100 })))
    throw new Error(`${name} could not be dropped within ${DROP_MS} ms`)
}

/** A database of its own from the server's template (a file copy: tens of milliseconds); dropped on dispose. */
export async function createTestDatabase(server: TestServer): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`
  await execute(server.adminUrl, `CREATE DATABASE ${name} TEMPLATE ${server.template}`)
  return {
    name,
    url: withDatabase(server.adminUrl, name),
    [Symbol.asyncDispose]: () => drop(server.adminUrl, name),
  }
}

/** A database for the test that asks, from the server that e2e/world/global-setup.ts started. */
export async function testDatabase(): Promise<TestDatabase> {
  const { inject } = await import('vitest')
  return createTestDatabase(inject('postgres'))
}
