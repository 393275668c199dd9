import { userInfo } from 'node:os'
import { ProblemError } from '#contracts/problem.ts'
import { run, runOrThrow } from '#lib/process/run.ts'

export interface SystemUser {
  user: string
  /** The same as `user`. */
  name: string
  uid: number
  gid: number
}

async function lookUp(user: string): Promise<SystemUser | null> {
  const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])])
  return uid.ok && gid.ok ? { user, name: user, uid: Number(uid.stdout), gid: Number(gid.stdout) } : null
}

/**
 * A system user without home, shell or password for a daemon that must not run as root; made when missing (root only).
 * @param say  told in one line when it was made
 * @throws ProblemError `internal` with useradd's own words
 */
export async function ensureSystemUser(
  user: string,
  say: (line: string) => void = () => undefined,
): Promise<SystemUser> {
  const present = await lookUp(user)
  if (present) return present
  const args = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    user,
  ]
  const happened = `The system user ${user} could not be made`
  try {
    await runOrThrow('useradd', args, { code: 'internal', happened })
  } catch (error) {
    const made = await lookUp(user)
    if (made) return made
    throw error
  }
  const made = await lookUp(user)
  if (!made) throw new ProblemError({ code: 'internal', happened })
  say(`Made the system user ${user}.`)
  return made
}

/** Who we run as. */
export function currentUser(): SystemUser {
  const { username, uid, gid } = userInfo()
  return { user: username, name: username, uid, gid }
}
