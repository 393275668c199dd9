import { type Connection, connectionsOf, descriptorsOf } from '#lib/process/connections.ts'
import type { Sockets } from './ss.ts'

/** The TCP connections of one nbdkit to its source. Several: it opens one for each of the copier's. */
export class SourceSockets {
  readonly #pid: number
  #descriptors = ''
  #connections: readonly Connection[] = []
  /** Of those that have ended, too. */
  readonly #taken = new Map<string, number>()

  constructor(pid: number) {
    this.#pid = pid
  }

  /** Where the source is, as ss(8) takes it; none while nothing is connected, or by unix sockets only. */
  hosts(): readonly string[] {
    const descriptors = descriptorsOf(this.#pid)
    const joined = descriptors.join()
    // The table of a host can be long: it is read when a connection came or went.
    if (joined !== this.#descriptors) {
      this.#descriptors = joined
      this.#connections = connectionsOf(this.#pid, descriptors)
    }
    return [...new Set(this.#connections.map(({ peerHost }) => peerHost))]
  }

  /**
   * What nbdkit took since it began, in bytes, by the connections that {@link hosts} found last; null: none was ever seen.
   * @param byHost  the answer for each of those hosts; null: cannot measure
   */
  takenBytes(byHost: ReadonlyMap<string, Sockets | null>): number | null {
    for (const { localPort, peerHost, peerPort } of this.#connections) {
      const bytes = byHost.get(peerHost)?.takenBytes(localPort, peerPort)
      const key = `${localPort}>${peerPort}`
      if (bytes !== undefined) this.#taken.set(key, Math.max(bytes, this.#taken.get(key) ?? 0))
    }
    return this.#taken.size === 0 ? null : this.#taken.values().reduce((sum, bytes) => sum + bytes, 0)
  }
}
