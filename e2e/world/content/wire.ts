import net from 'node:net'
import { NBD_WRITE, type NbdRequest, ReplyStream, RequestStream } from './nbd-stream.ts'
import { overlap, type Range, without } from './ranges.ts'

/** Changes bytes of a write in place; `offset` is the first one's place on the disk. */
export type Spoil = (bytes: Buffer, offset: number) => void

/** A stretch of the way between the copier and the export of one disk, as a bad cable would be. */
export interface Wire extends AsyncDisposable {
  port: number
  /** What of writes goes into this range is changed on the way, each byte once. */
  spoil(range: Range, how: Spoil): void
  /** What was changed so far. */
  readonly spoilt: readonly Range[]
  /** Resolves when these bytes are written and the export has said so; from that moment nothing more gets through. */
  holdAfter(ranges: readonly Range[]): Promise<void>
  letGo(): void
  /** Why it does not understand what passes; null: it does. */
  readonly confused: string | null
}

/** @param upstream  asked for each new connection */
export async function startWire(upstream: () => Promise<{ host: string; port: number }>): Promise<Wire> {
  const near = new Set<net.Socket>()
  const all = new Set<net.Socket>()
  let held = false
  let confused: string | null = null
  let spoiling: { left: Range[]; how: Spoil } | null = null
  const spoilt: Range[] = []
  let awaited: { left: Range[]; done: () => void } | null = null

  const payload = (offset: number, bytes: Buffer) => {
    if (!spoiling) return
    const here = { from: offset, to: offset + bytes.length }
    for (const range of spoiling.left) {
      const hit = overlap(range, here)
      if (!hit) continue
      spoiling.how(bytes.subarray(hit.from - offset, hit.to - offset), hit.from)
      spoilt.push(hit)
    }
    spoiling.left = without(spoiling.left, here)
  }
  const acknowledged = ({ type, offset, length }: NbdRequest) => {
    if (type !== NBD_WRITE || !awaited) return
    awaited.left = without(awaited.left, { from: offset, to: offset + length })
    if (awaited.left.length > 0) return
    held = true
    for (const socket of near) socket.pause()
    awaited.done()
    awaited = null
  }

  const join = (client: net.Socket, server: net.Socket) => {
    const requests = new Map<string, NbdRequest>()
    const asked = new RequestStream({ request: (cookie, request) => requests.set(cookie, request), payload })
    const answered = new ReplyStream(requests, acknowledged)
    const pump = (from: net.Socket, to: net.Socket, stream: RequestStream | ReplyStream) => {
      const resume = () => {
        if (!(held && near.has(from))) from.resume()
      }
      from.on('data', (bytes: Buffer) => {
        stream.push(bytes)
        confused ??= stream.confused
        if (!to.write(bytes)) {
          from.pause()
          to.once('drain', resume)
        }
      })
      from.once('end', () => to.end())
      from.once('close', () => to.destroy())
    }
    pump(client, server, asked)
    pump(server, client, answered)
    if (held) client.pause()
  }

  const keep = (socket: net.Socket) => {
    all.add(socket)
    // The other side's troubles are the other side's: both go together.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      all.delete(socket)
      near.delete(socket)
    })
  }
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) => {
    keep(client)
    near.add(client)
    upstream().then(
      ({ host, port }) => {
        const far = net.connect({ host, port, allowHalfOpen: true })
        keep(far)
        join(client, far)
        if (!held) client.resume()
      },
      () => client.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    spoil: (range, how) => {
      spoiling = { left: [range], how }
    },
    spoilt,
    holdAfter: (ranges) =>
      new Promise<void>((done) => {
        awaited = { left: [...ranges], done }
      }),
    letGo: () => {
      held = false
      for (const socket of near) socket.resume()
    },
    get confused() {
      return confused
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of all) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
