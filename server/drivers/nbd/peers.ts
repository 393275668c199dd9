import { listProcesses, processName } from '#lib/process/procfs.ts'
import { type Connection, connectionsOn, connectionsTo, ownersOf } from '../port/sockets.ts'

export interface ExportPeer {
  /** The other end, as qemu-nbd sees it. */
  host: string
  port: number
  /** Processes of this host that hold the other end; empty when none that we may look into does. */
  owners: { pid: number; command: string }[]
}

/** Exports listen here; the appliance of a shared host listens on another loopback address, maybe at the same port. */
const HOST = '127.0.0.1'

/** Established connections to the export at the port, each with who holds its other end. Reads /proc; sees own processes, or all as root. */
export async function exportPeers(port: number): Promise<ExportPeer[]> {
  const { server, client } = await connectionsOn(port)
  const pids = (await listProcesses()).map((row) => row.pid)
  const owners = await ownersOf(new Set(client.map((end) => end.inode)), pids)
  return server.filter(toExport).map(({ remote }) => {
    const ends = client.filter(
      (end) => end.local.port === remote.port && end.local.host === remote.host && end.remote.host === HOST,
    )
    const holders = ends.flatMap((end) => owners.get(end.inode) ?? [])
    const named = holders.map((pid) => ({ pid, command: processName(pid) || 'gone' }))
    return { host: remote.host, port: remote.port, owners: named }
  })
}

/** The number of clients connected to each of the ports, from one look. */
export async function countPeers(ports: ReadonlySet<number>): Promise<(port: number) => number> {
  const found = await connectionsTo(ports)
  return (port) => found.get(port)?.filter(toExport).length ?? 0
}

const toExport = ({ local }: Connection) => local.host === HOST
