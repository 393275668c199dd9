import { lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { syncDirectory } from '#lib/fs/atomic.ts'
import { readIdentity } from './identity.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { assertInside, backupPaths, parsePartial } from './paths.ts'
import { onRepository } from './problem.ts'

const exists = (file: string) =>
  lstat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )

/**
 * Makes `<repository>/<vm>/<backup id>.partial` (0700), where a backup is written. The repository itself is never made.
 * @returns its path
 * @throws ProblemError `conflict` when it, or the finished backup, exists; `repository_*`
 */
export async function beginPartial(repositoryPath: string, vmSlug: string, backupId: string): Promise<string> {
  const { vm, partial, final } = backupPaths(repositoryPath, vmSlug, backupId)
  return onRepository(repositoryPath, async () => {
    await mkdir(vm, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await assertInside(repositoryPath, vm)
    if (await exists(final)) throw taken(final)
    await mkdir(partial, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? taken(partial) : error
    })
    await syncDirectory(vm)
    await syncDirectory(repositoryPath)
    return partial
  })
}

function taken(directory: string): ProblemError {
  return new ProblemError({
    code: 'conflict',
    happened: `${directory} exists already.`,
    safe: 'It was not touched.',
    remedy: 'Start again: the next backup gets a name of its own.',
  })
}

/**
 * Makes the backup durable and visible: every file synced, the directory synced, one rename to `<backup id>`, the parent
 * synced. Calling it again after the rename (a crash before the record was written) answers the same.
 * @returns the final directory
 */
export async function commitPartial(repositoryPath: string, partial: string): Promise<string> {
  const name = parsePartial(repositoryPath, partial)
  if (!name) throw notAPartial(repositoryPath, partial)
  const { vm, final } = backupPaths(repositoryPath, name.vmSlug, name.backupId)
  return onRepository(repositoryPath, async () => {
    if (await exists(partial)) {
      await assertInside(repositoryPath, partial)
      if (await exists(final)) throw taken(final)
      for (const entry of await readdir(partial)) await syncFile(path.join(partial, entry))
      await syncDirectory(partial)
      await rename(partial, final)
    }
    await assertInside(repositoryPath, final)
    await syncDirectory(vm)
    // A machine's first backup made its directory, too.
    await syncDirectory(repositoryPath)
    return final
  })
}

/** fsync(2) reaches what any process wrote to the file, qemu-nbd's pages too. */
async function syncFile(file: string): Promise<void> {
  await using handle = await open(file, 'r')
  await handle.sync()
}

/** True for what a backup itself puts into its directory. Everything else there is somebody's. */
export function isOwnFile(name: string): boolean {
  return (
    /^disk-\d+\.(qcow2|map|digests)$/.test(name) ||
    name === MANIFEST_FILE ||
    /^\.?(manifest\.json|disk-.+)\.[0-9a-f-]{36}\.tmp$/.test(name) ||
    /^\.disk-\d+\.map\.tmp$/.test(name)
  )
}

async function removeOwn(partial: string): Promise<void> {
  const entries = await readdir(partial, { withFileTypes: true })
  for (const entry of entries) if (entry.isFile() && isOwnFile(entry.name)) await rm(path.join(partial, entry.name))
  const others = entries.filter((entry) => !entry.isFile() || !isOwnFile(entry.name)).map(({ name }) => name)
  if (others.length === 0) return rmdir(partial)
  throw new ProblemError({
    code: 'conflict',
    happened: `${partial} holds what Sendense did not put there: ${others.slice(0, 5).join(', ')}${others.length > 5 ? ', …' : ''}.`,
    safe: 'It was not touched; the unfinished images beside it are removed.',
    remedy: 'Move it elsewhere: the directory goes at the next clean-up.',
  })
}

/**
 * Removes what a backup left unfinished, and the machine's directory when nothing else is in it. Only ever a real directory
 * `<repository>/<vm>/<backup id>.partial`, and only what a backup puts there; one that is gone is fine.
 * @returns false when there was nothing
 * @throws ProblemError `repository_missing` when the repository itself is not there: nobody can say what lies in it
 */
export async function removePartial(repositoryPath: string, partial: string): Promise<boolean> {
  const name = parsePartial(repositoryPath, partial)
  if (!name) throw notAPartial(repositoryPath, partial)
  const { vm } = backupPaths(repositoryPath, name.vmSlug, name.backupId)
  return onRepository(repositoryPath, async () => {
    const there = await exists(partial)
    if (there) {
      await assertInside(repositoryPath, partial)
      await removeOwn(partial)
    } else if ((await readIdentity(repositoryPath)) === null) throw notThere(repositoryPath, partial)
    await rmdir(vm).catch((error: NodeJS.ErrnoException) => {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(error.code ?? '')) throw error
    })
    return there
  })
}

function notThere(repositoryPath: string, partial: string): ProblemError {
  return new ProblemError({
    code: 'repository_missing',
    happened: `The repository at ${repositoryPath} is not there now, so ${partial} cannot be removed.`,
    safe: 'Nothing else was touched; it stays on the ledger.',
    remedy: 'Mount or put the repository back: the next clean-up removes it.',
  })
}

function notAPartial(repositoryPath: string, directory: string): ProblemError {
  return new ProblemError({
    code: 'internal',
    happened: `${directory} is not an unfinished backup of the repository ${repositoryPath}.`,
    safe: 'Nothing was removed or renamed.',
  })
}
