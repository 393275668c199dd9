/** The sockets of one peer, added up. */
export interface PeerTraffic {
  /** The kernel counts the opening SYN as one byte (tcp_info `tcpi_bytes_acked`). */
  ackedBytes: number
  /** Written by us and not acknowledged yet (Send-Q). */
  waitingBytes: number
}

/** State, Recv-Q, Send-Q, local, peer; some fifty figures of tcp_info follow. */
const head = /^\s*\S+\s+(\d+)\s+(\d+)\s+(\S+:\S+)\s+(\S+:\S+)/

const figure = (line: string, name: string) => {
  const at = line.indexOf(` ${name}:`)
  return at < 0 ? 0 : Number.parseInt(line.slice(at + name.length + 2), 10)
}

/**
 * An answer of `ss -tinHO`, one socket a line. Only what is asked for is read: a host has many sockets, a disk a few, and
 * it is asked every second.
 */
export class Sockets {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The sockets to `host:port`; undefined: there are none. */
  peer(address: string): PeerTraffic | undefined {
    let found: PeerTraffic | undefined
    for (const line of this.#linesWith(` ${address}`)) {
      const [, , sendQueue, , peer] = head.exec(line) ?? []
      if (peer !== address) continue
      found ??= { ackedBytes: 0, waitingBytes: 0 }
      found.ackedBytes += figure(line, 'bytes_acked')
      found.waitingBytes += Number(sendQueue)
    }
    return found
  }

  /** Bytes that came on one socket and were taken by its program; undefined: it is not there. */
  takenBytes(localPort: number, peerPort: number): number | undefined {
    for (const line of this.#linesWith(`:${localPort} `)) {
      const [, receiveQueue, , local, peer] = head.exec(line) ?? []
      if (local?.endsWith(`:${localPort}`) && peer?.endsWith(`:${peerPort}`))
        return Math.max(0, figure(line, 'bytes_received') - Number(receiveQueue))
    }
    return undefined
  }

  *#linesWith(words: string): Generator<string> {
    const text = this.#text
    for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at)) {
      const end = text.indexOf('\n', at)
      yield text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? undefined : end)
      if (end < 0) return
      at = end
    }
  }
}
