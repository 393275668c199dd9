import type { NbdClient } from '#lib/nbd/client.ts'
import { onSide } from './error.ts'

/** Connections to one export: one, and more of them where the server says that they see each other's writes. */
export class Connections implements Disposable {
  readonly #clients: readonly NbdClient[]
  readonly #side: 'source' | 'target'

  private constructor(side: 'source' | 'target', clients: readonly NbdClient[]) {
    this.#side = side
    this.#clients = clients
  }

  /** @throws CopyError; whatever `open` threw */
  static async open(side: 'source' | 'target', open: () => Promise<NbdClient>, most: number): Promise<Connections> {
    const first = await onSide(side, open())
    if (!first.export.multiConn || most <= 1) return new Connections(side, [first])
    const others = await Promise.allSettled(Array.from({ length: most - 1 }, () => onSide(side, open())))
    const opened = others.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    const failed = others.find(({ status }) => status === 'rejected')
    const all = new Connections(side, [first, ...opened])
    if (failed?.status !== 'rejected') return all
    all[Symbol.dispose]()
    throw failed.reason
  }

  get first(): NbdClient {
    return this.#clients[0] as NbdClient
  }

  /** The one with the fewest requests under way. */
  get idlest(): NbdClient {
    return this.#clients.reduce((a, b) => (b.inFlight < a.inFlight ? b : a))
  }

  /** Ends well: the server hears it. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.disconnect().catch(() => undefined)))
  }

  /** At once, whatever is under way. */
  [Symbol.dispose](): void {
    for (const client of this.#clients) client.destroy(`the copy of this ${this.#side} has ended`)
  }
}
