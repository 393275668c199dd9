import { readFileSync } from 'node:fs'
import { RepeatedProgram } from '#lib/process/repeated.ts'
import { writePrivate } from '../config-file.ts'
import { Sockets } from './ss.ts'

/** A client asks once a second; clients ask at different moments of it. */
const MAX_AGE_MS = 900

/** Milliseconds on the clock that all processes of this boot share. */
const bootMs = () => Number(process.hrtime.bigint() / 1_000_000n)

/**
 * What the sockets to a host moved and hold (the tunnels' local ends), whoever has them, for all clients of this appliance by one `ss` a second: who asks first leaves the answer in a file, the others take it from there.
 * Null: cannot measure.
 */
export class HostTraffic implements AsyncDisposable {
  /** The beginning of its name: each host has one. */
  readonly #file: string
  /** By host. */
  readonly #ss = new Map<string, RepeatedProgram>()

  constructor(file: string) {
    this.#file = file
  }

  /** At most {@link MAX_AGE_MS} old. */
  async read(host: string): Promise<Sockets | null> {
    const left = this.#left(host)
    const end = left.indexOf('\n')
    const age = end > 0 ? bootMs() - Number(left.slice(0, end)) : Number.NaN
    // A file of an earlier boot can be of the future.
    if (age >= 0 && age < MAX_AGE_MS) return new Sockets(left.slice(end + 1))
    return this.fresh(host)
  }

  /** Read in place: lines that were written a moment ago. */
  #left(host: string): string {
    try {
      return readFileSync(this.#fileOf(host), 'utf8')
    } catch {
      return ''
    }
  }

  /** As it is now: for sockets that may be gone in a moment. */
  async fresh(host: string): Promise<Sockets | null> {
    const at = bootMs()
    const result = await this.#of(host).run()
    if (!result.ok) return null
    await writePrivate(this.#fileOf(host), `${at}\n${result.stdout}`).catch(() => undefined)
    return new Sockets(result.stdout)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#ss.values()].map((ss) => ss[Symbol.asyncDispose]()))
  }

  #fileOf = (host: string) => `${this.#file}-${host}`

  #of(host: string): RepeatedProgram {
    const present = this.#ss.get(host)
    if (present) return present
    const made = new RepeatedProgram('ss', ['-tinHO', 'state', 'connected', 'dst', host])
    this.#ss.set(host, made)
    return made
  }
}
