import { randomBytes } from 'node:crypto'
import pg from 'pg'

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

/** A database of its own from the server's template (a file copy: tens of milliseconds); dropped on dispose. */
export async function createTestDatabase(server: TestServer): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`
  await execute(server.adminUrl, `CREATE DATABASE ${name} TEMPLATE ${server.template}`)
  return {
    name,
    url: withDatabase(server.adminUrl, name),
    [Symbol.asyncDispose]: () => execute(server.adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** A database for the test that asks, from the server that e2e/world/global-setup.ts started. */
export async function testDatabase(): Promise<TestDatabase> {
  const { inject } = await import('vitest')
  return createTestDatabase(inject('postgres'))
}
