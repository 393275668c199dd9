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
  /** By inode (sock_diag(7)): bytes that came and were taken by the program. */
  taken: ReadonlyMap<number, number>
}

const figure = (line: string, name: string) => Number(new RegExp(`\\s${name}:(\\d+)`).exec(line)?.[1] ?? 0)

/** The output of `ss -tineHO`: one socket a line (state, Recv-Q, Send-Q, local, peer, inode, tcp_info). */
export function parseSockets(text: string): Sockets {
  const peers = new Map<string, PeerTraffic>()
  const taken = new Map<number, number>()
  for (const line of text.split('\n')) {
    const [, receiveQueue, sendQueue, , peer] = line.trim().split(/\s+/)
    if (peer === undefined) continue
    const { ackedBytes, waitingBytes } = peers.get(peer) ?? { ackedBytes: 0, waitingBytes: 0 }
    peers.set(peer, {
      ackedBytes: ackedBytes + figure(line, 'bytes_acked'),
      waitingBytes: waitingBytes + Number(sendQueue),
    })
    const inode = figure(line, 'ino')
    // A socket that nobody holds any more has none.
    if (inode > 0) taken.set(inode, Math.max(0, figure(line, 'bytes_received') - Number(receiveQueue)))
  }
  return { peers, taken }
}
