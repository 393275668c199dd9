import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { migrate, readMigrations } from './migrate.ts'

/** An empty database of the run's own server. */
async function emptyDatabase(): Promise<{ url: string } & AsyncDisposable> {
  const { adminUrl } = inject('postgres')
  const name = `migrate_${crypto.randomUUID().replaceAll('-', '')}`
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  await query(adminUrl, `CREATE DATABASE ${name}`)
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => void (await query(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`)),
  }
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

async function migrations(files: Record<string, string>): Promise<{ path: string } & AsyncDisposable> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sendense-migrations-'))
  for (const [name, sql] of Object.entries(files)) {
    await mkdir(path.join(directory, name))
    await writeFile(path.join(directory, name, 'migration.sql'), sql)
  }
  await writeFile(path.join(directory, 'migration_lock.toml'), 'provider = "postgresql"\n')
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

const first = 'CREATE TABLE a (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;'

test('applies each once, also when many hubs start at once, and keeps Prisma’s table true', async () => {
  await using database = await emptyDatabase()
  await using files = await migrations({ '1_a': first, '2_b': 'CREATE TABLE b (id int)' })
  const answers = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url, files.path)))
  expect(answers.flat().toSorted()).toEqual(['1_a', '2_b'])
  const rows = await query(database.url, 'SELECT * FROM _prisma_migrations ORDER BY migration_name')
  const known = await readMigrations(files.path)
  expect(rows.map((row) => [row.migration_name, row.checksum])).toEqual(known.map((each) => [each.name, each.checksum]))
  expect(rows.every((row) => row.finished_at !== null && row.applied_steps_count === 1)).toBe(true)
  expect(await migrate(database.url, files.path)).toEqual([])
})

test('a failing one leaves nothing of itself, and what came before stays', async () => {
  await using database = await emptyDatabase()
  await using files = await migrations({ '1_a': first, '2_b': 'CREATE TABLE b (id int); SELECT nonsense' })
  await expect(migrate(database.url, files.path)).rejects.toThrow(/2_b.*nonsense/)
  const tables = await query(database.url, "SELECT to_regclass('a') AS a, to_regclass('b') AS b")
  expect(tables).toEqual([{ a: 'a', b: null }])
  expect(await query(database.url, 'SELECT migration_name FROM _prisma_migrations')).toEqual([
    { migration_name: '1_a' },
  ])
})

test('refuses a database of a newer hub', async () => {
  await using database = await emptyDatabase()
  await using newer = await migrations({ '1_a': first, '2_b': 'CREATE TABLE b (id int)' })
  await using older = await migrations({ '1_a': first })
  await migrate(database.url, newer.path)
  await expect(migrate(database.url, older.path)).rejects.toThrow(/newer version/)
})

test('says where no database answers, without the password', async () => {
  const wrong = migrate('postgresql://u:topsecret@127.0.0.1:1/x', '/nonexistent')
  await expect(wrong).rejects.toThrow()
  await using files = await migrations({ '1_a': first })
  const error = await migrate('postgresql://u:topsecret@127.0.0.1:1/x', files.path).catch((thrown: Error) => thrown)
  expect(String(error)).toContain('127.0.0.1:1/x')
  expect(JSON.stringify(error)).not.toContain('topsecret')
})
