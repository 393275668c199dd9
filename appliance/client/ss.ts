/** The sockets of one peer, added up. */
export interface PeerTraffic {
  /** The kernel counts the opening SYN as one byte (tcp_info `tcpi_bytes_acked`). */
  ackedBytes: number
  /** Written by us and not acknowledged yet (Send-Q). */
  waitingBytes: number
}

/** The output of `ss -tinHO` (one socket a line: state, Recv-Q, Send-Q, local, peer, tcp_info) by peer `host:port`. */
export function parsePeers(text: string): Map<string, PeerTraffic> {
  const peers = new Map<string, PeerTraffic>()
  for (const line of text.split('\n')) {
    const [, , sendQueue, , peer] = line.trim().split(/\s+/)
    if (peer === undefined) continue
    const acked = Number(/\sbytes_acked:(\d+)/.exec(line)?.[1] ?? 0)
    const before = peers.get(peer) ?? { ackedBytes: 0, waitingBytes: 0 }
    const waitingBytes = before.waitingBytes + Number(sendQueue)
    peers.set(peer, { ackedBytes: before.ackedBytes + acked, waitingBytes })
  }
  return peers
}
