import { rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import type { SystemUser } from '#lib/host/system-user.ts'
import { runOrThrow } from '#lib/process/run.ts'
import type { PostgresBinaries } from './binaries.ts'
import { createSql, hbaConf, identConf, initdbArgs } from './config.ts'
import { as, ensureDirectory } from './owner.ts'

const SAFE = 'No backup is touched by this; the database directory was not put into use.'

/** The major version a data directory was made by; null when there is none yet. */
async function dataVersion(dataDir: string): Promise<boolean> {
  return stat(path.join(dataDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
}

/**
 * Makes the data directory when there is none: in a directory beside it, put into place by one rename, so that a
 * crash in the middle leaves nothing half made.
 * @returns true when it was made now
 */
export async function ensureCluster(binaries: PostgresBinaries, dataDir: string, owner: SystemUser): Promise<boolean> {
  if (await dataVersion(dataDir)) return false
  const partial = `${dataDir}.partial`
  await rm(partial, { recursive: true, force: true })
  await ensureDirectory(partial, 0o700, owner)
  const options = { ...as(owner), cwd: partial, timeoutMs: 180_000 }
  await runOrThrow(
    binaries.initdb,
    initdbArgs(partial),
    { code: 'internal', happened: 'The database could not be initialised', safe: SAFE },
    options,
  )
  await runOrThrow(
    binaries.postgres,
    ['--single', '-j', '-D', partial, 'postgres'],
    { code: 'internal', happened: 'The role and the database could not be made', safe: SAFE },
    { ...options, input: createSql },
  )
  await rename(partial, dataDir).catch((error: NodeJS.ErrnoException) => {
    throw new ProblemError({
      code: 'conflict',
      happened: `${dataDir} exists but holds no database (${error.code}).`,
      safe: 'It was left alone.',
      remedy: `Look into ${dataDir}; move it away if nothing in it is needed, and start again.`,
    })
  })
  return true
}

/** Writes who may log in: the hub's user of today, which may be another one than at the last start. */
export async function writeAccess(dataDir: string, owner: SystemUser, hubUser: SystemUser): Promise<void> {
  for (const [name, text] of [
    ['pg_hba.conf', hbaConf],
    ['pg_ident.conf', identConf(hubUser.name)],
  ] as const) {
    // The file stays the one initdb made (owner and mode); it is read at start and on SIGHUP only.
    await writeFile(path.join(dataDir, name), text, { mode: 0o600 })
  }
  await ensureDirectory(dataDir, 0o700, owner)
}
