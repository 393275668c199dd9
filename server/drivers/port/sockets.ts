import { readdir, readFile, readlink } from 'node:fs/promises'
import { type Address, parseSocketTable, type SocketRow } from './parse.ts'

const ESTABLISHED = 1
const LISTENING = 10

/** One established TCP connection of this host, seen from the side that owns `local`. */
export interface Connection {
  local: Address
  remote: Address
  inode: string
}

async function socketTable(): Promise<SocketRow[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  )
  return tables.flatMap(parseSocketTable)
}

/** Established connections whose local end is the port (server's side) and whose remote end is (the peer's side here). */
export async function connectionsOn(port: number): Promise<{ server: Connection[]; client: Connection[] }> {
  const rows = (await socketTable()).filter((row) => row.state === ESTABLISHED)
  return {
    server: rows.filter((row) => row.local.port === port),
    client: rows.filter((row) => row.remote.port === port),
  }
}

/** Addresses on which something listens, with the sockets' inodes. */
export async function listeners(): Promise<{ local: Address; inode: string }[]> {
  return (await socketTable()).filter((row) => row.state === LISTENING)
}

/** Inodes of the sockets a process holds; empty when it is gone or is not ours to see. */
export async function socketsOf(pid: number): Promise<Set<string>> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

/** Which processes hold each of the sockets (a forked child shares its parent's). */
export async function ownersOf(inodes: ReadonlySet<string>, pids: readonly number[]): Promise<Map<string, number[]>> {
  const owners = new Map<string, number[]>()
  await Promise.all(
    pids.map(async (pid) => {
      for (const inode of await socketsOf(pid)) {
        if (inodes.has(inode)) owners.set(inode, [...(owners.get(inode) ?? []), pid])
      }
    }),
  )
  return owners
}
