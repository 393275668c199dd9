import { createHash } from 'node:crypto'
import { lstat, mkdir, rmdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import type { SystemUser } from '#lib/host/system-user.ts'
import { socketFits } from './config.ts'
import { ensureDirectory } from './owner.ts'

/** A short directory for a home whose path is too long for a unix socket; named after the home, so it is found again. */
export function shortSocketDir(home: string, runtimeDir: string): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 12)
  return path.join(runtimeDir, `sendense-${name}`)
}

/** Others may write into the runtime directory (/tmp): a directory that somebody else made is refused, not used. */
async function assertOwn(directory: string, owner: SystemUser): Promise<void> {
  const entry = await lstat(directory)
  if (entry.isDirectory() && (entry.uid === owner.uid || entry.uid === process.getuid?.())) return
  throw new ProblemError({
    code: 'conflict',
    happened: `${directory} is needed for the database's socket, but it belongs to another user (uid ${entry.uid}).`,
    safe: 'Nothing was started and the directory was left alone.',
    remedy: 'Remove it, or set SENDENSE_HOME to a shorter path.',
  })
}

/**
 * The directory of the database's socket, 0700 and of the database's user: only that user and root get in.
 * @param preferred  below the home; used when a socket's path fits (107 bytes)
 */
export async function ensureSocketDir(preferred: string, owner: SystemUser): Promise<string> {
  if (socketFits(preferred)) {
    await ensureDirectory(preferred, 0o700, owner)
    return preferred
  }
  const runtime = process.getuid?.() === 0 ? '/run' : os.tmpdir()
  const directory = shortSocketDir(preferred, runtime)
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await assertOwn(directory, owner)
  await ensureDirectory(directory, 0o700, owner)
  return directory
}

/** Takes the empty directory away when it lies outside of the database's own; one that is in use stays. */
export async function removeSocketDir(socketDir: string, own: string): Promise<void> {
  if (!socketDir.startsWith(`${own}/`)) await rmdir(socketDir).catch(() => undefined)
}
