import { readFileSync } from 'node:fs'
import { RepeatedProgram } from '#lib/process/repeated.ts'
import { writePrivate } from '../config-file.ts'
import { type PeerTraffic, parsePeers } from './ss.ts'

/** A client asks once a second; clients ask at different moments of it. */
const MAX_AGE_MS = 900

/** Milliseconds on the clock that all processes of this boot share. */
const bootMs = () => Number(process.hrtime.bigint() / 1_000_000n)

/**
 * What the sockets to the tunnels' local ends sent and hold, for all clients of this appliance by one `ss` a second: who
 * asks first leaves the answer in a file, the others take it from there. Null: cannot measure.
 */
export class HostTraffic implements AsyncDisposable {
  readonly #file: string
  /** By host; a job's tunnel has one. */
  readonly #ss = new Map<string, RepeatedProgram>()

  constructor(file: string) {
    this.#file = file
  }

  /** At most {@link MAX_AGE_MS} old. @param host  where the tunnels listen */
  async read(host: string): Promise<Map<string, PeerTraffic> | null> {
    const [head = '', ...lines] = this.#left().split('\n')
    const [at, of] = head.split(' ')
    const age = bootMs() - Number(at)
    // A file of an earlier boot can be of the future.
    if (of === host && age >= 0 && age < MAX_AGE_MS) return parsePeers(lines.join('\n'))
    return this.fresh(host)
  }

  /** Read in place: a few lines that were written a moment ago. */
  #left(): string {
    try {
      return readFileSync(this.#file, 'utf8')
    } catch {
      return ''
    }
  }

  /** As it is now: for sockets that may be gone in a moment. */
  async fresh(host: string): Promise<Map<string, PeerTraffic> | null> {
    const at = bootMs()
    const result = await this.#of(host).run()
    if (!result.ok) return null
    await writePrivate(this.#file, `${at} ${host}\n${result.stdout}`).catch(() => undefined)
    return parsePeers(result.stdout)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#ss.values()].map((ss) => ss[Symbol.asyncDispose]()))
  }

  #of(host: string): RepeatedProgram {
    const present = this.#ss.get(host)
    if (present) return present
    const made = new RepeatedProgram('ss', ['-tinHO', 'state', 'connected', 'dst', host])
    this.#ss.set(host, made)
    return made
  }
}
