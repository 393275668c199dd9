import { sleep } from '#lib/async/wait.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import { backoffMs, countQuickEnds } from '../backoff.ts'
import { removeSocketDir } from './socket-dir.ts'
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startPostgres, stopPostgres } from './start.ts'

const LOOK_EVERY_MS = 1000

/** Keeps the embedded PostgreSQL running for as long as the launcher lives, and ends it with the launcher. */
export class PostgresKeeper implements AsyncDisposable {
  readonly #options: EmbeddedPostgresOptions
  readonly #say: (line: string) => void
  readonly #stop = new AbortController()
  #present: EmbeddedPostgres
  #loop: Promise<void>

  private constructor(options: EmbeddedPostgresOptions, present: EmbeddedPostgres) {
    this.#options = options
    this.#say = options.say ?? (() => undefined)
    this.#present = present
    this.#loop = this.#keep()
  }

  static async start(options: EmbeddedPostgresOptions): Promise<PostgresKeeper> {
    const present = await startPostgres(options)
    if (!present.started) options.say?.(`Adopted the PostgreSQL that runs already (pid ${present.identity.pid}).`)
    return new PostgresKeeper(options, present)
  }

  get identity(): ProcessIdentity {
    return this.#present.identity
  }

  get url(): string {
    return this.#present.url
  }

  async #keep(): Promise<void> {
    let quickEnds = 0
    let since = performance.now()
    for (;;) {
      await sleep(LOOK_EVERY_MS, this.#stop.signal).catch(() => undefined)
      if (this.#stop.signal.aborted) return
      if (await isAlive(this.#present.identity)) continue
      quickEnds = countQuickEnds(quickEnds, performance.now() - since)
      this.#say(`PostgreSQL ended unasked; it is started again. Its words: ${this.#options.logFile}`)
      await sleep(backoffMs(quickEnds), this.#stop.signal).catch(() => undefined)
      if (this.#stop.signal.aborted) return
      since = performance.now()
      await startPostgres(this.#options).then(
        (present) => {
          this.#present = present
        },
        (error: Error) => this.#say(`PostgreSQL could not be started again: ${error.message}`),
      )
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
    const how = await stopPostgres(this.#present.identity)
    await removeSocketDir(this.#present.connection.host, this.#options.directory)
    if (how === 'immediate')
      this.#say('PostgreSQL did not end in time and was ended the hard way; its log is replayed.')
  }
}
