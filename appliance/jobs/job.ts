import { rm } from 'node:fs/promises'
import type { ApplianceInput, ApplianceOutput } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { type DiskVerdict, sentences } from '#contracts/source-state.ts'
import { parseTargets, type Target } from '#contracts/targets.ts'
import { Mutex } from '#lib/async/mutex.ts'
import { CleanupList } from '#lib/resource/cleanup.ts'
import { findSource } from '../sources/registry.ts'
import { tunnelLog } from '../tunnel/data.ts'
import { removeKeyPair } from '../tunnel/keys.ts'
import { readCanary } from './canary.ts'
import { checkTarget } from './check.ts'
import { JobClient } from './client.ts'
import type { AwayBounds } from './client-process.ts'
import type { JobContext } from './context.ts'
import { followReports } from './follow.ts'
import { endProcesses, jobMark, markedProcesses } from './mark.ts'
import { prepareJob, refuseOtherJob } from './prepare.ts'
import { emptyLedger, type JobFiles, type JobRecord, type Ledger, readExtentsFile, writeJson } from './record.ts'
import { hubRoute } from './route.ts'
import { JobTunnel } from './tunnel.ts'
import { verifyZero } from './verify-zero.ts'

export interface JobState {
  record: JobRecord | null
  ledger: Ledger
}

/** One job from `jobs.prepare` to `jobs.end`. Every method may be called again: what is done is not done twice. */
export class Job {
  readonly id: string
  readonly files: JobFiles
  readonly #context: JobContext
  readonly #turn = new Mutex()
  readonly #ledgerTurn = new Mutex()
  /** Aborts whatever request still works for this job when it ends. */
  readonly #ending = new AbortController()
  readonly #working = new Set<Promise<unknown>>()
  readonly #client: JobClient
  readonly #tunnel: JobTunnel
  #record: JobRecord | null
  #ledger: Ledger
  #verifications = 0

  constructor(id: string, files: JobFiles, context: JobContext, state?: JobState) {
    this.id = id
    this.files = files
    this.#context = context
    this.#record = state?.record ?? null
    this.#ledger = state?.ledger ?? emptyLedger
    const shared = { jobId: id, files, context, ledger: () => this.#ledger, keep: this.#keep }
    this.#tunnel = new JobTunnel(shared)
    this.#client = new JobClient(shared, this.#tunnel)
  }

  get isPrepared(): boolean {
    return this.#record !== null
  }

  /** Takes over what a former daemon left running, and finishes the log of a client that is gone. */
  async adopt(): Promise<void> {
    this.#tunnel.adopt()
    await this.#client.adopt()
  }

  prepare(input: ApplianceInput<'jobs.prepare'>): Promise<ApplianceOutput<'jobs.prepare'>> {
    return this.#work(async (signal) => {
      if (this.#record) refuseOtherJob(this.#record, input)
      else {
        // A former attempt was cut off: what it froze is let go before it is frozen anew.
        if (this.#ledger.snapshot?.snapshot) await this.#releaseSnapshot()
        this.#record = await prepareJob(input, this.files, this.#context, this.#keep, signal)
      }
      const { publicKey, disks } = this.#record
      return { publicKey, disks: disks.map(({ access, ...disk }) => disk) }
    })
  }

  connect(hubPorts: readonly number[]): Promise<ApplianceOutput<'jobs.connect'>> {
    return this.#work(async (signal) => {
      this.#prepared()
      return { forwards: await this.#tunnel.open(hubPorts, signal) }
    })
  }

  check(targets: string): Promise<ApplianceOutput<'jobs.check'>> {
    return this.#work(async (signal) => {
      const log = tunnelLog(this.files.directory)
      const checks = this.#targets(targets).map(({ target, disk }) => checkTarget(target, disk.sizeBytes, log, signal))
      return { disks: await Promise.all(checks) }
    })
  }

  start(targets: string, bounds: AwayBounds): Promise<ApplianceOutput<'jobs.start'>> {
    return this.#work(async () => {
      this.#targets(targets)
      return { pid: await this.#client.start(targets, bounds) }
    })
  }

  /** No older session of the job lives at the hub: a client whose copy was cut may go on. */
  async resume(): Promise<ApplianceOutput<'jobs.resume'>> {
    await this.#tunnel.isAlone()
    return {}
  }

  /** Its tunnel stands still, and does not end by itself. */
  async redial(): Promise<ApplianceOutput<'jobs.redial'>> {
    await this.#tunnel.redial()
    return {}
  }

  /** Its client runs. */
  get isCopying(): boolean {
    return this.#client.isRunning
  }

  async extents(key: number): Promise<ApplianceOutput<'jobs.extents'>> {
    this.#disk(key)
    return { extents: await readExtentsFile(this.files, key) }
  }

  /** Takes long, and holds nothing else up. */
  verifyZero(input: ApplianceInput<'jobs.verifyZero'>, gone: AbortSignal): Promise<ApplianceOutput<'jobs.verifyZero'>> {
    const disk = this.#disk(input.key)
    const served = {
      access: disk.access,
      name: `verify-${input.key}-${++this.#verifications}`,
      cwd: this.files.directory,
      mark: jobMark(this.id),
      what: `Disk ${input.key}`,
      sizeBytes: disk.sizeBytes,
    }
    return this.#track(verifyZero(served, input.ranges, AbortSignal.any([gone, this.#ending.signal])))
  }

  /** Neither waits for what else the job does, nor holds it up. */
  probe(input: ApplianceInput<'jobs.probe'>): Promise<ApplianceOutput<'jobs.probe'>> {
    this.#prepared()
    const work = { directory: this.files.directory, mark: jobMark(this.id), signal: this.#ending.signal }
    const probe = async () => {
      const source = findSource(await this.#context.config(), input.source)
      return { disks: await source.probe({ ref: input.ref, allowUnknown: input.allowUnknown ?? [] }, work) }
    }
    return this.#track(probe())
  }

  async route(): Promise<ApplianceOutput<'jobs.route'>> {
    return this.#track(hubRoute(await this.#context.config()))
  }

  canary(targets: string): Promise<ApplianceOutput<'jobs.canary'>> {
    return this.#work(async (signal) => {
      const [only] = this.#targets(targets)
      if (only?.disk.access.plugin !== 'pattern')
        throw new ProblemError({ code: 'bad_input', happened: `The job ${this.id} has no canary.`, field: 'targets' })
      return readCanary(only.target, { mark: jobMark(this.id), signal })
    })
  }

  async cancel(): Promise<ApplianceOutput<'jobs.cancel'>> {
    return { ended: await this.#client.stop({ requested: true }) }
  }

  reports(after: number, options: { signal: AbortSignal; idleMs: number }) {
    return followReports(this.files.reports, after, options)
  }

  /** The daemon stops: client and tunnel go on for the next one. */
  async handOver(): Promise<void> {
    await this.#stopWork()
    await this.#client.release()
  }

  /** The daemon stops: ends client and tunnel, and keeps record and log for a hub that comes back. */
  async suspend(): Promise<void> {
    await this.#stopWork()
    await this.#client.stop({ requested: false })
    await this.#tunnel.close()
  }

  /** Removes everything of the job, and says how each step went. The directory stays while something could not be ended. */
  async end(): Promise<ApplianceOutput<'jobs.end'>> {
    await this.#stopWork()
    const list = new CleanupList()
    // Until the source has answered, nobody knows.
    let verdicts = this.#unknown('The source was not asked.')
    // Added last is run first.
    list.add('source unchanged', async () => {
      const doubtful = verdicts.filter(({ state }) => state !== 'fixed')
      const words = doubtful.map(({ key, evidence }) => `Disk ${key}: ${evidence.join(' ')}`).join(' ')
      // What was to be read twice, or was allowed to be unknown, is nothing gone wrong here: the verdict tells the hub.
      const expected = ({ state, fixedBy }: DiskVerdict) =>
        state === 'unknown' && !['snapshot', 'unchanged'].includes(fixedBy)
      if (!doubtful.every(expected)) throw new Error(words)
      return words === '' ? null : words
    })
    list.add('snapshot', async () => {
      try {
        verdicts = await this.#releaseSnapshot()
      } catch (error) {
        verdicts = this.#unknown(`The source could not be asked: ${error instanceof Error ? error.message : error}`)
        throw error
      }
      return null
    })
    list.add('key pair', async () => {
      await removeKeyPair(this.files.key)
      return null
    })
    list.add('other processes', async () => {
      const left = await markedProcesses(jobMark(this.id))
      await endProcesses(left, 1000)
      return left.length === 0 ? null : `${left.length} ended`
    })
    list.add('data tunnel', async () => {
      await this.#tunnel.close()
      return null
    })
    list.add('backup client', async () =>
      (await this.#client.stop({ requested: true })) ? 'was running, ended' : null,
    )
    const steps = await list.run()
    if (steps.every(({ step, ok }) => ok || step === 'source unchanged')) {
      const last = new CleanupList()
      last.add('job files', async () => {
        await rm(this.files.directory, { recursive: true, force: true })
        return null
      })
      steps.push(...(await last.run()))
    }
    return { steps, verdicts }
  }

  async #stopWork(): Promise<void> {
    this.#ending.abort(endedProblem(this.id))
    await Promise.allSettled([...this.#working])
  }

  /** What the source says of each disk; none when nothing was begun. */
  async #releaseSnapshot(): Promise<DiskVerdict[]> {
    const { snapshot } = this.#ledger
    if (!snapshot?.snapshot) return []
    const source = findSource(await this.#context.config(), snapshot.source)
    // TODO(integrator): settleSecondRead(verdict, equal, words) with what the transfer process reported for each disk of `secondRead`.
    return await source.end(snapshot.snapshot)
  }

  #unknown(words: string): DiskVerdict[] {
    const disks = this.#record?.disks ?? []
    return disks.map(({ key, stateFixedBy }) => ({
      ...{ key, state: 'unknown' as const, fixedBy: stateFixedBy, evidence: sentences([words]) },
    }))
  }

  #keep = (change: Partial<Ledger>): Promise<void> =>
    this.#ledgerTurn.run(async () => {
      this.#ledger = { ...this.#ledger, ...change }
      await writeJson(this.files.ledger, this.#ledger)
    })

  #work<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const work = this.#turn.run(async () => {
      this.#ending.signal.throwIfAborted()
      return await task(this.#ending.signal)
    })
    return this.#track(work)
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#working.add(work)
    const forget = () => this.#working.delete(work)
    work.then(forget, forget)
    return work
  }

  #prepared(): JobRecord {
    if (this.#record) return this.#record
    throw new ProblemError({ code: 'conflict', happened: `The job ${this.id} is not prepared yet.` })
  }

  #disk(key: number): JobRecord['disks'][number] {
    const disk = this.#prepared().disks.find((each) => each.key === key)
    if (disk) return disk
    throw new ProblemError({ code: 'source_missing', happened: `Disk ${key} does not belong to the job ${this.id}.` })
  }

  /** @throws ProblemError bad_input when the string is wrong, or names what is not a forward of the job's own tunnel */
  #targets(text: string): { target: Target; disk: JobRecord['disks'][number] }[] {
    let targets: Target[]
    try {
      targets = parseTargets(text)
    } catch (cause) {
      const happened = cause instanceof Error ? cause.message : String(cause)
      throw new ProblemError({ code: 'bad_input', happened, field: 'targets' }, { cause })
    }
    for (const { host, port, key } of targets)
      if (!this.#tunnel.forwards.some((forward) => forward.host === host && forward.port === port))
        throw new ProblemError({
          code: 'bad_input',
          happened: `The target of disk ${key}, ${host}:${port}, is no forward of the job's own tunnel.`,
          safe: 'Nothing was copied past the tunnel.',
          field: 'targets',
        })
    return targets.map((target) => ({ target, disk: this.#disk(target.key) }))
  }
}

export function endedProblem(jobId: string): ProblemError {
  return new ProblemError({ code: 'conflict', happened: `The job ${jobId} has ended on the appliance.` })
}
