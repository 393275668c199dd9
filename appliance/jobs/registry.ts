import { readdir } from 'node:fs/promises'
import type { ApplianceInput, ApplianceOutput } from '#contracts/appliance.ts'
import { idSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { AppliancePaths } from '../config.ts'
import { errorText } from '../log.ts'
import type { JobContext } from './context.ts'
import { endedProblem, Job } from './job.ts'
import { emptyLedger, jobFiles, readLedger, readRecord } from './record.ts'

/** Ended jobs remembered, so that a request which was long on its way cannot make one anew. */
const REMEMBERED = 1000

/** The jobs of this appliance, by id. */
export class Jobs implements AsyncDisposable {
  readonly #paths: AppliancePaths
  readonly #context: JobContext
  readonly #jobs = new Map<string, Job>()
  readonly #ended = new Set<string>()

  constructor(paths: AppliancePaths, context: JobContext) {
    this.#paths = paths
    this.#context = context
  }

  /** Takes up the jobs of a former daemon. */
  async recover(): Promise<void> {
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
    if (this.#ended.has(id)) throw endedProblem(id)
    const job = this.#jobs.get(id) ?? new Job(id, jobFiles(this.#paths.job(id)), this.#context)
    this.#jobs.set(id, job)
    try {
      return await job.prepare(input)
    } catch (error) {
      if (!job.isPrepared) await this.#end(id, job)
      throw error
    }
  }

  /** @throws ProblemError not_found */
  get(id: string): Job {
    const job = this.#jobs.get(id)
    if (job) return job
    throw new ProblemError({
      code: 'not_found',
      happened: `The appliance knows no job ${id}.`,
      safe: 'Nothing of it is left on the appliance.',
    })
  }

  async end(id: string): Promise<ApplianceOutput<'jobs.end'>> {
    this.#remember(id)
    const job = this.#jobs.get(id)
    return job ? await this.#end(id, job) : { steps: [] }
  }

  async #end(id: string, job: Job): Promise<ApplianceOutput<'jobs.end'>> {
    const result = await job.end()
    if (result.steps.some(({ step }) => step === 'job files')) this.#jobs.delete(id)
    return result
  }

  #remember(id: string): void {
    this.#ended.add(id)
    const [oldest] = this.#ended
    if (this.#ended.size > REMEMBERED && oldest !== undefined) this.#ended.delete(oldest)
  }

  /** The daemon stops: clients and tunnels end, records stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ends = await Promise.allSettled([...this.#jobs.values()].map((job) => job.suspend()))
    for (const end of ends)
      if (end.status === 'rejected') this.#context.log.error('ending a job', { error: errorText(end.reason) })
  }
}
