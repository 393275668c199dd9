import { readFile } from 'node:fs/promises'
import { listProcesses, type ProcessIdentity, processIdentity, processName } from '#lib/process/procfs.ts'
import { type Connection, connectionsOn, listeners, ownersOf, socketsOf } from '../port/sockets.ts'

/** One TCP connection to our sshd, with the processes that serve it. */
export interface ServedConnection extends ProcessIdentity {
  /** `host port`, as sshd's log writes it. */
  peer: string
  /** Every process of it: the monitor (its identity is the session's) and the one that forwards. */
  processes: ProcessIdentity[]
  /** Inodes and ports of what it listens on (`-R`). */
  listening: { port: number; inode: string }[]
}

/**
 * Connections to the address whose server end is held by an sshd process other than the listener. Found by their sockets and
 * not by descent: sessions outlive a listener that died.
 */
export async function servedConnections(
  { host, port }: { host: string; port: number },
  listenerPid: number,
): Promise<ServedConnection[]> {
  const anywhere = host === '0.0.0.0' || host === '::'
  const server = (await connectionsOn(port)).server.filter(({ local }) => anywhere || local.host === host)
  if (server.length === 0) return []
  const sshd = await sshdProcesses()
  const parents = new Map(sshd.map(({ pid, ppid }) => [pid, ppid]))
  const pids = [...parents.keys()].filter((pid) => pid !== listenerPid)
  const owners = await ownersOf(new Set(server.map(({ inode }) => inode)), pids)
  const listening = await listeners()
  const served = server.map((connection) =>
    sessionOf(connection, owners.get(connection.inode) ?? [], parents, listening),
  )
  return (await Promise.all(served)).filter((session) => session !== null)
}

async function sessionOf(
  { remote }: Connection,
  owners: number[],
  parents: ReadonlyMap<number, number>,
  listening: Awaited<ReturnType<typeof listeners>>,
): Promise<ServedConnection | null> {
  const leader = owners.find((pid) => !owners.includes(parents.get(pid) ?? 0))
  const processes = (await Promise.all(owners.map(processIdentity))).filter((identity) => identity !== null)
  const identity = processes.find(({ pid }) => pid === leader)
  if (!identity) return null
  const held = new Set((await Promise.all(owners.map(socketsOf))).flatMap((inodes) => [...inodes]))
  return {
    ...identity,
    peer: `${remote.host} ${remote.port}`,
    processes,
    listening: listening
      .filter(({ inode }) => held.has(inode))
      .map(({ local, inode }) => ({ port: local.port, inode })),
  }
}

/** Processes called sshd (9.8 and later: sshd-session). */
async function sshdProcesses(): Promise<{ pid: number; ppid: number }[]> {
  return (await listProcesses()).filter(({ pid }) => processName(pid).startsWith('sshd'))
}

/** When a process began: seconds since boot are in 1/100 s (USER_HZ) in its identity. */
export async function startedAt(identity: ProcessIdentity): Promise<Date> {
  const boot = /^btime (\d+)$/m.exec(await readFile('/proc/stat', 'utf8'))?.[1]
  return new Date(Number(boot) * 1000 + Number(identity.start.split(':').at(-1)) * 10)
}

/**
 * The listener that runs with this configuration file, if any lives. sshd writes its title over its own environment, so
 * it cannot be known by our mark; its title holds its arguments.
 */
export async function findListener(configFile: string): Promise<ProcessIdentity | null> {
  const all = await sshdProcesses()
  const titles = await Promise.all(
    all.map(async ({ pid }) => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')),
  )
  const ours = all.filter((_, i) => titles[i]?.includes(` -D -f ${configFile} `))
  const first = ours.find(({ ppid }) => !ours.some(({ pid }) => pid === ppid))
  return first ? processIdentity(first.pid) : null
}
