import { EventEmitter } from 'node:events'
import pg from 'pg'
import { sleep } from '#lib/async/wait.ts'

export type Channel = 'sendense_events' | 'sendense_commands' | 'sendense_cancel' | 'sendense_limit'

/**
 * One connection that LISTENs. A lost connection is made again; `wake` is then emitted on every channel,
 * because a notification may have been missed: listeners read the tables, a notification only wakes them.
 */
export class DatabaseListener implements AsyncDisposable {
  readonly #url: string
  readonly #channels: readonly Channel[]
  readonly #emitter = new EventEmitter()
  readonly #stop = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #ready = Promise.withResolvers<void>()

  constructor(url: string, channels: readonly Channel[]) {
    this.#url = url
    this.#channels = channels
    this.#emitter.setMaxListeners(0)
  }

  /** Starts; resolves when the first LISTEN is in force. */
  start(): Promise<void> {
    this.#loop = this.#run()
    return this.#ready.promise
  }

  /** Calls back with the payload, or with null when something may have been missed. Answers how to stop. */
  on(channel: Channel, callback: (payload: string | null) => void): () => void {
    this.#emitter.on(channel, callback)
    return () => this.#emitter.off(channel, callback)
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const client = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: 5000 })
      const lost = new Promise<void>((resolve) => {
        client.once('end', resolve)
        client.on('error', () => resolve())
        this.#stop.signal.addEventListener('abort', () => resolve(), { once: true })
      })
      client.on('notification', ({ channel, payload }) => this.#emitter.emit(channel, payload ?? ''))
      try {
        await client.connect()
        for (const channel of this.#channels) await client.query(`LISTEN ${channel}`)
        this.#ready.resolve()
        for (const channel of this.#channels) this.#emitter.emit(channel, null)
        await lost
      } catch {
        // The database is away: the next round tries again.
      }
      await client.end().catch(() => undefined)
      await sleep(250, this.#stop.signal).catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#ready.resolve()
    await this.#loop
  }
}
