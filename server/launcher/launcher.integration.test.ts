import { access, readdir } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { processIdentity } from '#lib/process/procfs.ts'
import { readEnv } from '../env.ts'
import { startLauncher } from './launcher.ts'
import { end, launcherHome } from './testing/home.ts'

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

const tablesOf = (url: string) => query(url, "SELECT to_regclass('backup_jobs') IS NOT NULL AS jobs")

test('PostgreSQL outlives a killed launcher and is adopted by the next; stopping leaves nothing', async () => {
  await using given = await launcherHome()
  const killed = await given.launch()
  const { postgresPid, enginePid, databaseUrl } = killed.ready
  await query(databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await end(killed, 'SIGKILL')
  expect(await processIdentity(postgresPid)).not.toBeNull()

  const next = await given.launch()
  expect(next.ready.postgresPid).toBe(postgresPid)
  expect(next.ready.databaseUrl).toBe(databaseUrl)
  // Two engines never own one home: the one left behind was ended first.
  expect(await processIdentity(enginePid)).toBeNull()
  expect(next.ready.enginePid).not.toBe(enginePid)
  expect(await query(databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])

  expect(await end(next, 'SIGTERM')).toBe(0)
  expect(await given.processes()).toEqual([])
  expect(await readdir(path.join(given.home, 'launcher'))).toEqual([])
  expect(await readdir(path.join(given.home, 'postgres', 'socket'))).toEqual([])
})

test('a second start on the same home is refused and names the first', { tags: ['long'] }, async () => {
  await using given = await launcherHome()
  const first = await given.launch()
  await expect(given.launch()).rejects.toThrow(`already runs on ${given.home} (pid ${first.child.pid})`)
  expect(await processIdentity(first.ready.enginePid)).not.toBeNull()
  expect(await end(first, 'SIGTERM')).toBe(0)
})

test('killing the engine touches nothing else; a dead PostgreSQL is started again', { tags: ['long'] }, async () => {
  await using given = await launcherHome()
  const env = readEnv({ SENDENSE_HOME: given.home } as unknown as NodeJS.ProcessEnv)
  const { engineEntry } = given
  await using launcher = await startLauncher({ env, engineEntry, web: false, isReady: async () => true })
  const { postgresPid, enginePid } = launcher
  process.kill(enginePid ?? 0, 'SIGKILL')
  const again = () => launcher.enginePid !== null && launcher.enginePid !== enginePid
  expect(await waitFor(again, { deadlineMs: 10_000 })).toBe(true)
  expect(launcher.postgresPid).toBe(postgresPid)

  process.kill(postgresPid ?? 0, 'SIGKILL')
  expect(await waitFor(() => launcher.postgresPid !== postgresPid, { deadlineMs: 30_000 })).toBe(true)
  expect(await tablesOf(launcher.databaseUrl)).toEqual([{ jobs: true }])
})

test('a PostgreSQL of DATABASE_URL is used as it is: none is started', { tags: ['long'] }, async () => {
  await using given = await launcherHome()
  const { adminUrl } = inject('postgres')
  const name = `launcher_${crypto.randomUUID().replaceAll('-', '')}`
  await query(adminUrl, `CREATE DATABASE ${name}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const source = { SENDENSE_HOME: given.home, DATABASE_URL: url.href } as unknown as NodeJS.ProcessEnv
  {
    const options = { env: readEnv(source), engineEntry: given.engineEntry, web: false, isReady: async () => true }
    await using launcher = await startLauncher(options)
    expect(launcher.postgresPid).toBeNull()
    expect(launcher.databaseUrl).toBe(url.href)
    expect(await tablesOf(url.href)).toEqual([{ jobs: true }])
  }
  await expect(access(path.join(given.home, 'postgres'))).rejects.toThrow()
  expect(await given.processes()).toEqual([])
  await query(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`)
})

test('a hub that does not come up says so and leaves nothing running', { tags: ['long'] }, async () => {
  await using given = await launcherHome()
  const env = readEnv({ SENDENSE_HOME: given.home } as unknown as NodeJS.ProcessEnv)
  const options = { env, engineEntry: given.engineEntry, web: false, isReady: async () => false, readyDeadlineMs: 200 }
  await expect(startLauncher(options)).rejects.toThrow(/did not come up/)
  expect(await given.processes()).toEqual([])
})
