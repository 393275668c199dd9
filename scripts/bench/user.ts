import { readFile } from 'node:fs/promises'

/** Root may not run sshd as itself: the benchmark's runs as `nobody`. An ordinary user's runs as that user. */
export async function sshUser(): Promise<{ user: string; uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((row) => row.startsWith('nobody:'))
  const [user, , uid, gid] = line?.split(':') ?? []
  if (!user) throw new Error('this host has no user "nobody"')
  return { user, uid: Number(uid), gid: Number(gid) }
}
