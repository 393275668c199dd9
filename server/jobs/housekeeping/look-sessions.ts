import { listProcesses } from '#lib/process/procfs.ts'
import type { Facts, SessionFact } from '../../domain/housekeeping/facts.ts'
import { connectionsOn } from '../../drivers/port/driver.ts'
import { ownersOf } from '../../drivers/port/sockets.ts'
import { readAuthorizedKeys, type SshSession } from '../../drivers/ssh/driver.ts'

/** Which processes are connected to each of the ports, as clients. */
async function clientsOf(ports: readonly number[]): Promise<Map<number, Set<number>>> {
  const clients = new Map<number, Set<number>>()
  const pids = (await listProcesses()).map(({ pid }) => pid)
  for (const port of ports) {
    const ends = (await connectionsOn(port)).client.filter(({ remote }) => remote.host === '127.0.0.1')
    const owners = await ownersOf(new Set(ends.map(({ inode }) => inode)), pids)
    clients.set(port, new Set([...owners.values()].flat()))
  }
  return clients
}

/** Sessions with what they are used for, by their sockets: what the log said may be lost. */
export async function lookAtSessions(
  sessions: readonly SshSession[],
  listening: Facts['listening'],
): Promise<SessionFact[]> {
  if (sessions.length === 0) return []
  const clients = await clientsOf([...new Set(listening.map(({ port }) => port))])
  const parents = new Map((await listProcesses()).map(({ pid, ppid }) => [pid, ppid]))
  return sessions.map(({ pid, start, peer, fingerprint, since, listenPorts }) => ({
    ...{ pid, start, peer, since, listenPorts },
    fingerprint: fingerprint === 'unknown' ? null : fingerprint,
    openPorts: [...clients].flatMap(([port, pids]) =>
      [...pids].some((client) => client === pid || parents.get(client) === pid) ? [port] : [],
    ),
  }))
}

/** Who may log in now, and for whom. */
export async function lookAtKeys(dir: string): Promise<Facts['keyLines']> {
  return (await readAuthorizedKeys(dir)).map((line) => {
    const [, kind, owner] = / sendense-(control|data)-([A-Za-z0-9-]+)$/.exec(line) ?? []
    return { line, kind: (kind as 'control' | 'data' | undefined) ?? null, owner: owner ?? null }
  })
}
