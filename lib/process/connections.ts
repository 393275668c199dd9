import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A TCP connection, as the process's own network namespace has it. */
export interface Connection {
  localPort: number
  /** As ss(8) takes it: `10.0.0.9`, `[fe80:0:0:0:0:0:0:1]`. */
  peerHost: string
  peerPort: number
}

/** The kernel writes an address as 32-bit words of the host's byte order: here, little-endian. */
function hostOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  bytes.swap32()
  if (bytes.length === 4) return bytes.join('.')
  return `[${Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':')}]`
}

/** The rows of `/proc/net/tcp` or `tcp6` (proc_pid_net(5)) by inode. */
export function parseConnections(text: string): Map<number, Connection> {
  const found = new Map<number, Connection>()
  for (const line of text.split('\n').slice(1)) {
    const [, local = '', peer = '', , , , , , , inode] = line.trim().split(/\s+/)
    const [, localPort] = local.split(':')
    const [host, peerPort] = peer.split(':')
    // A connection that nobody holds any more has the inode 0.
    if (!localPort || !host || !peerPort || !inode || inode === '0') continue
    found.set(Number(inode), {
      localPort: Number.parseInt(localPort, 16),
      peerHost: hostOf(host),
      peerPort: Number.parseInt(peerPort, 16),
    })
  }
  return found
}

/** The open descriptors of a process (proc_pid_fd(5)); none when it has ended or is another user's. */
export function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    return []
  }
}

/** The inode of a socket; null: it is another kind of file, or closed. */
function inodeOf(pid: number, descriptor: string): number | null {
  try {
    const found = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1]
    return found === undefined ? null : Number(found)
  } catch {
    return null
  }
}

/** The TCP connections among a process's descriptors. Reads the table of its whole network namespace. */
export function connectionsOf(pid: number, descriptors: readonly string[] = descriptorsOf(pid)): Connection[] {
  try {
    const inodes = descriptors.map((descriptor) => inodeOf(pid, descriptor)).filter((inode) => inode !== null)
    const tables = ['tcp', 'tcp6'].map((name) => parseConnections(readFileSync(`/proc/${pid}/net/${name}`, 'utf8')))
    return inodes.flatMap((inode) => tables.flatMap((table) => table.get(inode) ?? []))
  } catch {
    return []
  }
}
