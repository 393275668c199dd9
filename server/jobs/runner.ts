import { sleep } from '#lib/async/wait.ts'
import { activeJobs, claimNextJob, heartbeat, type JobRow, LEASE_MS } from '../db/jobs.ts'
import type { EngineContext } from '../engine/context.ts'
import { handleBackup } from './backup/handler.ts'
import { CancelledError, FencedError, HandoverError } from './backup/interrupts.ts'

const HEARTBEAT_MS = 2000

interface Running {
  abort: AbortController
  done: Promise<void>
}

/** Claims jobs while there is room, keeps their leases, and passes on a wish to cancel. */
export class JobRunner {
  readonly #ctx: EngineContext
  readonly #owner: string
  readonly #limit: number
  readonly #running = new Map<string, Running>()
  #stopping = false

  /** @param limit  backups at once */
  constructor(ctx: EngineContext, owner: string, limit = 8) {
    this.#ctx = ctx
    this.#owner = owner
    this.#limit = limit
  }

  /** Jobs that are worked on now: also one that has ended and is not cleaned up yet. */
  get running(): Iterable<string> {
    return this.#running.keys()
  }

  /** Looks for work, and for wishes to cancel. */
  async wake(): Promise<void> {
    while (!this.#stopping && this.#running.size < this.#limit) {
      const job = await claimNextJob(this.#ctx.prisma, this.#owner, LEASE_MS)
      if (!job) return
      this.#begin(job, false)
    }
  }

  /** Takes up a job that an earlier engine left, whatever the limit: it runs already. */
  takeUp(job: JobRow): void {
    this.#begin(job, true)
  }

  #begin(job: JobRow, resumed: boolean): void {
    const abort = new AbortController()
    if (job.cancelRequestedAt) abort.abort(new CancelledError())
    const done = this.#run(job, abort, resumed).finally(() => {
      this.#running.delete(job.id)
      void this.wake().catch((err: unknown) => this.#ctx.log.error({ err }, 'looking for work failed'))
    })
    this.#running.set(job.id, { abort, done })
  }

  /** A person asked for the end of a job. */
  cancel(jobId: string): void {
    this.#running.get(jobId)?.abort.abort(new CancelledError())
  }

  async #run(job: JobRow, abort: AbortController, resumed: boolean): Promise<void> {
    const ended = new AbortController()
    const beating = this.#beat(job, abort, ended.signal)
    try {
      await handleBackup(this.#ctx, job, abort.signal, resumed)
    } catch (err) {
      this.#ctx.log.error({ err, job: job.id }, 'the end of a backup could not be recorded')
    } finally {
      ended.abort()
      await beating
    }
  }

  async #beat(job: JobRow, abort: AbortController, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await sleep(HEARTBEAT_MS, ended).catch(() => undefined)
      if (ended.aborted) return
      try {
        const beat = await heartbeat(this.#ctx.prisma, job.id, job.fence, LEASE_MS)
        if (beat === null && !ended.aborted) abort.abort(new FencedError('the lease was lost'))
        if (beat?.cancelRequested) abort.abort(new CancelledError())
      } catch (err) {
        // The database is away: the copy goes on, the lease is renewed when it is back.
        this.#ctx.log.warn({ err, job: job.id }, 'heartbeat not written')
      }
    }
  }

  /**
   * Takes no more work. What runs is handed over to the next start, waited for, or cancelled and cleaned.
   * @returns the ids of jobs that were handed over
   */
  async drain(how: EngineContext['env']['drain']): Promise<string[]> {
    this.#stopping = true
    const left = [...this.#running]
    if (how !== 'wait')
      for (const [, { abort }] of left) abort.abort(how === 'handover' ? new HandoverError() : new CancelledError())
    await Promise.all(left.map(([, { done }]) => done))
    if (how !== 'handover') return []
    const ids = left.map(([id]) => id)
    // Without the database nobody knows which have ended: then all of them may go on.
    const active = await activeJobs(this.#ctx.prisma).catch(() => null)
    return active ? ids.filter((id) => active.some((job) => job.id === id)) : ids
  }
}
