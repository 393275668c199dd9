import { readFileSync } from 'node:fs'
import { RepeatedProgram } from '#lib/process/repeated.ts'
import { writePrivate } from '../config-file.ts'
import { parseSockets, type Sockets } from './ss.ts'

/** A client asks once a second; clients ask at different moments of it. */
const MAX_AGE_MS = 900

/** Milliseconds on the clock that all processes of this boot share. */
const bootMs = () => Number(process.hrtime.bigint() / 1_000_000n)

/**
 * What all TCP sockets of this host moved and hold, for all clients of this appliance by one `ss` a second: who asks first
 * leaves the answer in a file, the others take it from there. Null: cannot measure.
 */
export class HostTraffic implements AsyncDisposable {
  readonly #file: string
  readonly #ss = new RepeatedProgram('ss', ['-tineHO', 'state', 'connected', 'exclude', 'time-wait'])

  constructor(file: string) {
    this.#file = file
  }

  /** At most {@link MAX_AGE_MS} old. */
  async read(): Promise<Sockets | null> {
    const text = this.#left()
    const end = text.indexOf('\n')
    const age = bootMs() - Number(text.slice(0, end))
    // A file of an earlier boot can be of the future.
    if (end > 0 && age >= 0 && age < MAX_AGE_MS) return parseSockets(text.slice(end + 1))
    return this.fresh()
  }

  /** Read in place: some lines that were written a moment ago. */
  #left(): string {
    try {
      return readFileSync(this.#file, 'utf8')
    } catch {
      return ''
    }
  }

  /** As it is now: for sockets that may be gone in a moment. */
  async fresh(): Promise<Sockets | null> {
    const at = bootMs()
    const result = await this.#ss.run()
    if (!result.ok) return null
    await writePrivate(this.#file, `${at}\n${result.stdout}`).catch(() => undefined)
    return parseSockets(result.stdout)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ss[Symbol.asyncDispose]()
  }
}
