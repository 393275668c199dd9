// As in lib/process/procfs.ts: procfs is read in place.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type Address, parseSocketTable, type RowPorts, type SocketRow } from './parse.ts'

const ESTABLISHED = 1
const LISTENING = 10

/** One established TCP connection of this host, seen from the side that owns `local`. */
export interface Connection {
  local: Address
  remote: Address
  inode: string
}

function tableOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function socketTable(asked: (ports: RowPorts) => boolean): SocketRow[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => parseSocketTable(tableOf(file), asked))
}

/** Established connections whose local end is the port (server's side) and whose remote end is (the peer's side here). */
export async function connectionsOn(port: number): Promise<{ server: Connection[]; client: Connection[] }> {
  const rows = socketTable(({ state, local, remote }) => state === ESTABLISHED && (local === port || remote === port))
  return {
    server: rows.filter((row) => row.local.port === port),
    client: rows.filter((row) => row.remote.port === port),
  }
}

/** Established connections by the port of their local end, for each port of the set, from one look. */
export async function connectionsTo(ports: ReadonlySet<number>): Promise<Map<number, Connection[]>> {
  const rows = socketTable(({ state, local }) => state === ESTABLISHED && ports.has(local))
  return Map.groupBy(rows, ({ local }) => local.port)
}

/** Addresses on which something listens, with the sockets' inodes. */
export async function listeners(): Promise<{ local: Address; inode: string }[]> {
  return socketTable(({ state }) => state === LISTENING)
}

/** Inodes of the sockets a process holds; empty when it is gone or is not ours to see. */
export async function socketsOf(pid: number): Promise<Set<string>> {
  const directory = `/proc/${pid}/fd`
  const links = namesIn(directory).map((fd) => linkOf(`${directory}/${fd}`))
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
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
