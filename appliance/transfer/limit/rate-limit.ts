import type { ApplianceInput } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { Mutex } from '#lib/async/mutex.ts'
import { writeAtomic } from '#lib/fs/atomic.ts'
import { type Limit, readLimit } from './file.ts'
import { limitUnknown } from './job-limiter.ts'

type Terms = ApplianceInput<'limit.set'>

/**
 * The rate limit of this appliance: kept in `limit.json`, shared by the transfer processes that run. The daemon is its
 * only writer. One that nobody has ever set is none; one that cannot be read is unknown until the hub tells it again.
 */
export class RateLimit {
  readonly #file: string
  readonly #turn = new Mutex()
  readonly #jobs = new Set<string>()
  #terms: Terms | null = null
  #unknown: unknown = new Error('it was not read yet')

  constructor(file: string) {
    this.#file = file
  }

  /** What a former daemon kept. Call first. */
  async load(): Promise<void> {
    try {
      const { bytesPerSecond } = await readLimit(this.#file)
      this.#terms = { bytesPerSecond }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#terms = { bytesPerSecond: null }
      else this.#unknown = error
    }
  }

  /** The limit in force; null: it is not known. */
  get terms(): Terms | null {
    return this.#terms
  }

  /** In force at once, and after a restart. @throws Error when it cannot be kept: then the former one holds */
  async set({ bytesPerSecond }: Terms): Promise<Terms> {
    return this.#turn.run(async () => {
      const terms = { bytesPerSecond }
      await this.#write(terms)
      this.#terms = terms
      return terms
    })
  }

  /** A transfer process of this job is about to start. @throws ProblemError `unavailable` when the limit is not known or not written */
  async enter(jobId: string): Promise<void> {
    await this.#turn.run(async () => {
      if (this.#terms === null) throw new ProblemError(limitUnknown(this.#unknown), { cause: this.#unknown })
      const isNew = !this.#jobs.has(jobId)
      this.#jobs.add(jobId)
      try {
        await this.#write(this.#terms)
      } catch (cause) {
        if (isNew) this.#jobs.delete(jobId)
        throw new ProblemError(limitUnknown(cause), { cause })
      }
    })
  }

  /** Its process runs since a former daemon. {@link share} tells the others. */
  adopt(jobId: string): void {
    this.#jobs.add(jobId)
  }

  /** It has ended. */
  async leave(jobId: string): Promise<void> {
    if (this.#jobs.delete(jobId)) await this.share()
  }

  /** Writes how many share it now. A limit that is not known stays as it is. */
  async share(): Promise<void> {
    await this.#turn.run(async () => {
      if (this.#terms !== null) await this.#write(this.#terms)
    })
  }

  async #write(terms: Terms): Promise<void> {
    const limit: Limit = { ...terms, jobs: this.#jobs.size }
    await writeAtomic(this.#file, `${JSON.stringify(limit)}\n`, 0o600)
  }
}
