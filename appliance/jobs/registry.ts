import { readdir } from 'node:fs/promises'
import type { ApplianceInput, ApplianceOutput } from '#contracts/appliance.ts'
import { idSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'
import { sleep, waitFor } from '#lib/async/wait.ts'
import type { AppliancePaths } from '../config.ts'
import { errorText } from '../log.ts'
import type { JobContext } from './context.ts'
import { Expired, leaseProblem } from './expired.ts'
import { endedProblem, Job } from './job.ts'
import { Lease, type LeaseTerms } from './lease.ts'
import { emptyLedger, jobFiles, readLedger, readRecord } from './record.ts'

/** Ended jobs remembered, so that a request which was long on its way cannot make one anew. */
const REMEMBERED = 1000

/** What becomes of jobs when the daemon is asked to stop: they go on for the next one, or end first, or are ended. */
export const drains = ['handover', 'wait', 'cancel'] as const
export type Drain = (typeof drains)[number]

/** Longest time between two looks at the leases. */
const LEASE_LOOK_MS = 30_000

/** The jobs of this appliance, by id. */
export class Jobs {
  readonly lease: Lease
  readonly #expired: Expired
  #refuses = false
  readonly #paths: AppliancePaths
  readonly #context: JobContext
  readonly #jobs = new Map<string, Job>()
  /** With what was answered: a hub that lost the answer asks again. */
  readonly #ended = new Map<string, ApplianceOutput<'jobs.end'>>()

  constructor(paths: AppliancePaths, context: JobContext, lease = new Lease()) {
    this.#paths = paths
    this.#context = context
    this.lease = lease
    this.#expired = new Expired(paths.expired)
  }

  /** Takes up the jobs of a former daemon. */
  async recover(): Promise<void> {
    await this.#expired.load().catch((error: unknown) => {
      this.#context.log.error('the memory of ended jobs', { error: errorText(error) })
    })
    const names = (await readdir(this.#paths.jobs)).filter((name) => idSchema.safeParse(name).success)
    await Promise.all(
      names.map(async (id) => {
        const files = jobFiles(this.#paths.job(id))
        const ledger = await readLedger(files).catch(() => emptyLedger)
        const record = await readRecord(files).catch(() => null)
        const job = new Job(id, files, this.#context, { record, ledger })
        this.#jobs.set(id, job)
        await job.adopt().catch((error: unknown) => {
          this.#context.log.error('a job of a former run', { jobId: id, error: errorText(error) })
        })
      }),
    )
    if (names.length > 0) this.#context.log.info('jobs of a former run', { jobs: names.length })
  }

  /** Makes the job, or finds it. What cannot be prepared leaves nothing. @throws ProblemError conflict when it has ended */
  async prepare(input: ApplianceInput<'jobs.prepare'>): Promise<ApplianceOutput<'jobs.prepare'>> {
    const id = input.jobId
    this.#refuseExpired(id)
    if (this.#ended.has(id)) throw endedProblem(id)
    if (this.#refuses && !this.#jobs.has(id))
      throw new ProblemError({
        code: 'unavailable',
        happened: 'The appliance is about to stop and begins no new backup.',
        safe: 'Nothing was started.',
        remedy: 'Start the backup again when the appliance runs.',
      })
    const job = this.#jobs.get(id) ?? new Job(id, jobFiles(this.#paths.job(id)), this.#context)
    this.#jobs.set(id, job)
    try {
      return await job.prepare(input)
    } catch (error) {
      if (!job.isPrepared) await this.#end(id, job)
      throw error
    }
  }

  /** @throws ProblemError not_found | lease_expired */
  get(id: string): Job {
    this.#refuseExpired(id)
    const job = this.#jobs.get(id)
    if (job) return job
    throw new ProblemError({
      code: 'not_found',
      happened: `The appliance knows no job ${id}.`,
      safe: 'Nothing of it is left on the appliance.',
    })
  }

  async end(id: string): Promise<ApplianceOutput<'jobs.end'>> {
    this.#remember(id, this.#ended.get(id) ?? { steps: [], verdicts: [] })
    const job = this.#jobs.get(id)
    const answer = job ? await this.#end(id, job) : (this.#ended.get(id) ?? { steps: [], verdicts: [] })
    if (job) this.#remember(id, answer)
    const expired = this.#expired.get(id)
    if (!expired) return answer
    if (!this.#jobs.has(id)) await this.#expired.forget(id)
    return { ...answer, steps: [...expired.steps, ...answer.steps] }
  }

  /** Ends the jobs of which the hub has let the lease run out. */
  async endExpired(terms: LeaseTerms): Promise<void> {
    for (const [id, job] of this.#jobs) {
      const wasCopying = job.isCopying
      if (!this.lease.isOver(wasCopying ? 'copying' : 'idle', terms)) continue
      const problem = this.#expired.get(id)?.problem ?? leaseProblem(this.lease.silentMs(), wasCopying)
      // First the reason: a daemon that dies in between leaves a job that ends at the next look.
      if (!this.#expired.get(id)) await this.#expired.add({ jobId: id, problem, steps: [] })
      const { steps } = await this.#end(id, job)
      await this.#expired.add({ jobId: id, problem, steps })
      this.#context.log.warn('job ended: the hub stayed away', { jobId: id, problem: problem.happened })
    }
  }

  /** Looks at the leases until the signal aborts. */
  async watchLeases(signal: AbortSignal): Promise<void> {
    let pause = 0
    while (!signal.aborted) {
      await sleep(pause, signal).catch(() => undefined)
      if (signal.aborted) return
      try {
        const { copyingSeconds, idleSeconds } = (await this.#context.config()).lease
        const terms = { copyingMs: copyingSeconds * 1000, idleMs: idleSeconds * 1000 }
        pause = Math.min(LEASE_LOOK_MS, Math.min(terms.copyingMs, terms.idleMs) / 4)
        await this.endExpired(terms)
      } catch (error) {
        pause = LEASE_LOOK_MS
        this.#context.log.error('leases', { error: errorText(error) })
      }
    }
  }

  /** Takes no new jobs, and resolves when the last one has ended or the signal aborts. */
  async drained(signal: AbortSignal): Promise<void> {
    this.#refuses = true
    const empty = { deadlineMs: Number.POSITIVE_INFINITY, everyMs: 100, signal }
    await waitFor(() => this.#jobs.size === 0, empty).catch(() => undefined)
  }

  /** The daemon stops. Records stay in any case. */
  async stop(how: Exclude<Drain, 'wait'>): Promise<void> {
    const jobs = [...this.#jobs.values()]
    const ends = await Promise.allSettled(jobs.map((job) => (how === 'cancel' ? job.suspend() : job.handOver())))
    for (const end of ends)
      if (end.status === 'rejected') this.#context.log.error('leaving a job', { error: errorText(end.reason) })
    if (how === 'handover' && jobs.length > 0) this.#context.log.info('jobs go on', { jobs: jobs.map(({ id }) => id) })
  }

  #refuseExpired(id: string): void {
    const expired = this.#expired.get(id)
    if (expired) throw new ProblemError(expired.problem)
  }

  async #end(id: string, job: Job): Promise<ApplianceOutput<'jobs.end'>> {
    const result = await job.end()
    if (result.steps.some(({ step }) => step === 'job files')) this.#jobs.delete(id)
    return result
  }

  #remember(id: string, answer: ApplianceOutput<'jobs.end'>): void {
    this.#ended.set(id, answer)
    const [oldest] = this.#ended.keys()
    if (this.#ended.size > REMEMBERED && oldest !== undefined) this.#ended.delete(oldest)
  }
}
