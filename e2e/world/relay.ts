import net from 'node:net'

/** A wire to a port of this computer that can be cut: nothing passes then, and nobody is told. */
export interface Relay extends AsyncDisposable {
  port: number
  cut(): void
  /** Bytes pass again. Connections of the time before are dead, as after any long cut. */
  mend(): void
}

/** Listens on a port that the kernel chooses, and hands every connection on to `target` on loopback. */
export async function startRelay(target: number): Promise<Relay> {
  const sockets = new Set<net.Socket>()
  let whole = true
  const keep = (socket: net.Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // The other end's troubles are the other end's: both sides go together.
    socket.on('error', () => undefined)
    if (!whole) socket.pause()
  }
  const server = net.createServer((near) => {
    const far = net.connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      keep(from)
      from.on('data', (bytes) => {
        if (whole) to.write(bytes)
      })
      from.once('close', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as net.AddressInfo).port,
    cut: () => {
      whole = false
      for (const socket of sockets) socket.pause()
    },
    mend: () => {
      whole = true
      end()
    },
    [Symbol.asyncDispose]: async () => {
      end()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
