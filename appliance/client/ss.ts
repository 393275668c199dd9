/** The sockets of one peer, added up. */
export interface PeerTraffic {
  /** The kernel counts the opening SYN as one byte (tcp_info `tcpi_bytes_acked`). */
  ackedBytes: number
  /** Written by us and not acknowledged yet (Send-Q). */
  waitingBytes: number
}

export interface Sockets {
  /** By `host:port`. */
  peers: ReadonlyMap<string, PeerTraffic>
  /** Bytes that came and were taken by the program, by {@link socketKey}. */
  taken: ReadonlyMap<string, number>
}

/** One socket among those to one host. */
export const socketKey = (localPort: number | string, peerPort: number | string) => `${localPort}>${peerPort}`

/** State, Recv-Q, Send-Q, local, peer; some fifty figures of tcp_info follow. */
const head = /^\s*\S+\s+(\d+)\s+(\d+)\s+(\S+:\S+)\s+(\S+:\S+)/

const portOf = (address: string) => address.slice(address.lastIndexOf(':') + 1)

/** The output of `ss -tinHO`: one socket a line (state, Recv-Q, Send-Q, local, peer, tcp_info). */
export function parseSockets(text: string): Sockets {
  const peers = new Map<string, PeerTraffic>()
  const taken = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, receiveQueue, sendQueue, local, peer] = head.exec(line) ?? []
    if (local === undefined || peer === undefined) continue
    const acked = Number(/\sbytes_acked:(\d+)/.exec(line)?.[1] ?? 0)
    const received = Number(/\sbytes_received:(\d+)/.exec(line)?.[1] ?? 0)
    taken.set(socketKey(portOf(local), portOf(peer)), Math.max(0, received - Number(receiveQueue)))
    const before = peers.get(peer) ?? { ackedBytes: 0, waitingBytes: 0 }
    const waitingBytes = before.waitingBytes + Number(sendQueue)
    peers.set(peer, { ackedBytes: before.ackedBytes + acked, waitingBytes })
  }
  return { peers, taken }
}
