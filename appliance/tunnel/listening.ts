import { readdir, readFile, readlink } from 'node:fs/promises'
import net from 'node:net'

const LISTEN_STATE = '0A'

/** IPv4 address and port as /proc/net/tcp writes them (little-endian hex). */
export function procAddress(host: string, port: number): string {
  const octets = host.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))
  return `${octets.reverse().join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
}

/** The socket inode of each listener in the text of /proc/net/tcp, by address (proc(5)). */
export function parseListeners(text: string): Map<string, string> {
  const rows = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
  return new Map(rows.filter((row) => row[3] === LISTEN_STATE).map((row) => [row[1] ?? '', row[9] ?? '']))
}

/** True when exactly this process listens on every one of the ports. Nothing is connected, so the far side hears nothing. */
export async function listensOn(pid: number, host: string, ports: readonly number[]): Promise<boolean> {
  const listeners = parseListeners(await readFile('/proc/net/tcp', 'utf8'))
  const wanted = ports.map((port) => listeners.get(procAddress(host, port)))
  if (wanted.some((inode) => inode === undefined)) return false
  const own = await socketInodes(pid)
  return wanted.every((inode) => inode !== undefined && own.has(inode))
}

async function socketInodes(pid: number): Promise<Set<string>> {
  const directory = `/proc/${pid}/fd`
  const names = await readdir(directory).catch(() => [])
  const links = await Promise.all(names.map((name) => readlink(`${directory}/${name}`).catch(() => '')))
  return new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter((inode) => inode !== undefined))
}

/**
 * A port of `host` that was free a moment ago: the wanted one when possible.
 * @param taken promised already, though nobody listens there yet
 * @throws Error when the kernel has none
 */
export async function freePort(host: string, wanted: number, taken: readonly number[] = []): Promise<number> {
  for (const candidate of [wanted, ...Array<number>(20).fill(0)]) {
    const port = await tryPort(host, candidate)
    if (port !== null && !taken.includes(port)) return port
  }
  throw new Error(`no free port on ${host}`)
}

function tryPort(host: string, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(null))
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address ? address.port : null
      server.close(() => resolve(bound))
    })
  })
}
