import type { NbdClient } from '#lib/nbd/client.ts'
import { type CopySide, onSide } from './error.ts'

/** The connections to one side of a copy. Every one is closed, whatever happens, by {@link destroy} or {@link disconnect}. */
export class Connections {
  readonly #clients: NbdClient[] = []
  readonly #side: CopySide
  readonly #onLost: (error: unknown) => void
  #over = false

  /** @param onLost  called when a connection ended that nobody here had ended */
  constructor(side: CopySide, onLost: (error: unknown) => void) {
    this.#side = side
    this.#onLost = onLost
  }

  /**
   * Opens the first connection, has it checked, then the others: `most` in all, but one only when the export does not say that
   * several see one disk.
   */
  async open(connect: () => Promise<NbdClient>, most: number, check: (client: NbdClient) => void): Promise<void> {
    const first = await this.#add(connect)
    check(first)
    const more = first.export.multiConn ? Math.max(1, most) - 1 : 0
    const others = await Promise.all(Array.from({ length: more }, () => this.#add(connect)))
    for (const other of others) check(other)
  }

  async #add(connect: () => Promise<NbdClient>): Promise<NbdClient> {
    try {
      const client = await connect()
      this.#clients.push(client)
      if (this.#over) client.destroy('the copy is over')
      void client.ended.then((error) => {
        if (error && !this.#over) this.#onLost(onSide(this.#side, error))
      })
      return client
    } catch (error) {
      throw onSide(this.#side, error)
    }
  }

  get first(): NbdClient {
    return this.#clients[0] as NbdClient
  }

  /** The one with the fewest requests under way. */
  get idlest(): NbdClient {
    let best = this.first
    for (const client of this.#clients) if (client.inFlight < best.inFlight) best = client
    return best
  }

  /** FLUSH on every connection. */
  async flush(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.flush()))
  }

  async disconnect(): Promise<void> {
    this.#over = true
    await Promise.all(this.#clients.map((client) => client.disconnect()))
  }

  destroy(): void {
    this.#over = true
    for (const client of this.#clients) client.destroy('the copy is over')
  }
}
