import { chmod, chown, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { currentUser, ensureSystemUser, type SystemUser } from '#lib/host/system-user.ts'

/** Who PostgreSQL runs as: it refuses root. As root an unprivileged user of its own, else the user of the hub. */
export async function databaseOwner(say: (line: string) => void): Promise<SystemUser> {
  return process.getuid?.() === 0 ? ensureSystemUser('sendense-db', say) : currentUser()
}

/** uid and gid for child processes; empty when they are ours already. */
export function as(owner: SystemUser): { uid?: number; gid?: number } {
  return process.getuid?.() === owner.uid ? {} : { uid: owner.uid, gid: owner.gid }
}

/** Makes a directory of that user and mode, or gives an existing one to it. */
export async function ensureDirectory(directory: string, mode: number, owner?: SystemUser): Promise<void> {
  await mkdir(directory, { recursive: true, mode })
  await chmod(directory, mode)
  if (owner && process.getuid?.() === 0) await chown(directory, owner.uid, owner.gid)
}

/** True when a user other than the directory's owner can pass through it. */
function mayEnter(entry: { mode: number; uid: number; gid: number }, user: SystemUser): boolean {
  if (entry.uid === user.uid) return (entry.mode & 0o100) !== 0
  if (entry.gid === user.gid) return (entry.mode & 0o010) !== 0
  return (entry.mode & 0o001) !== 0
}

/**
 * Refuses a home that PostgreSQL's user could not reach, before PostgreSQL says it in its own way.
 * @throws ProblemError naming the directory that is closed
 */
export async function assertReachable(directory: string, user: SystemUser): Promise<void> {
  for (let parent = directory; ; parent = path.dirname(parent)) {
    const entry = await stat(parent)
    if (!mayEnter(entry, user))
      throw new ProblemError({
        code: 'forbidden',
        happened: `The database runs as the user ${user.name}, which may not enter ${parent} (mode ${(entry.mode & 0o7777).toString(8)}).`,
        safe: 'Nothing was started.',
        remedy: `Set SENDENSE_HOME to a directory outside of ${parent}, e.g. /var/lib/sendense, or: chmod o+x ${parent}`,
      })
    if (parent === path.dirname(parent)) return
  }
}
