import { RepeatedProgram } from '#lib/process/repeated.ts'

/** What the kernel says of the loopback sockets between sshd and one qemu-nbd. */
export interface Traffic {
  /** Connections that qemu-nbd has. */
  connections: number
  /** Bytes that qemu-nbd's sockets received while they live. */
  receivedBytes: number
  /** Bytes that wait for qemu-nbd: in its own receive queues and in the send queues of the other ends. */
  waitingBytes: number
}

const address = /^(.*):(\d+)$/

/**
 * Adds up the lines of `ss -tinHO` by export port. A socket whose own port is an export's is qemu-nbd's, one whose peer
 * port is an export's is that of its client. Columns: state, Recv-Q, Send-Q, local, peer, then tcp_info.
 */
export function parseTraffic(
  text: string,
  [from, to]: readonly [number, number],
  host = '127.0.0.1',
): Map<number, Traffic> {
  const found = new Map<number, Traffic>()
  const of = (port: number) => {
    const present = found.get(port) ?? { connections: 0, receivedBytes: 0, waitingBytes: 0 }
    found.set(port, present)
    return present
  }
  const exported = (port: number) => port >= from && port <= to
  for (const line of text.split('\n')) {
    const [state, received = '0', sent = '0', local = '', peer = ''] = line.trim().split(/\s+/)
    if (state !== 'ESTAB') continue
    const own = address.exec(local)
    const other = address.exec(peer)
    if (own?.[1] === host && exported(Number(own[2]))) {
      const traffic = of(Number(own[2]))
      traffic.connections += 1
      traffic.receivedBytes += Number(/\sbytes_received:(\d+)/.exec(line)?.[1] ?? 0)
      traffic.waitingBytes += Number(received)
    } else if (other?.[1] === host && exported(Number(other[2]))) of(Number(other[2])).waitingBytes += Number(sent)
  }
  return found
}

/** What the sockets of the exports carried and hold: by one `ss` each time it is asked. */
export class ExportTraffic implements AsyncDisposable {
  readonly #range: readonly [number, number]
  readonly #ss: RepeatedProgram

  /** @param range  the exports' ports, both ends included */
  constructor(range: readonly [number, number]) {
    const [from, to] = range
    const within = (side: string) => [side, '>=', `:${from}`, 'and', side, '<=', `:${to}`]
    const filter = ['(', ...within('sport'), ')', 'or', '(', ...within('dport'), ')']
    this.#range = range
    this.#ss = new RepeatedProgram('ss', ['-tinHO', 'state', 'established', '(', ...filter, ')'])
  }

  /** As it is now, by port; null: `ss` cannot be asked. */
  async read(): Promise<Map<number, Traffic> | null> {
    const { ok, stdout } = await this.#ss.run()
    return ok ? parseTraffic(withState(stdout), this.#range) : null
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ss[Symbol.asyncDispose]()
  }
}

/** `ss` leaves the state's column out when it is asked for one state only. */
const withState = (text: string) =>
  text
    .split('\n')
    .map((line) => (line.trim() === '' ? line : `ESTAB ${line}`))
    .join('\n')
