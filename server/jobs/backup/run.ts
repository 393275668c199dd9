import type { RemoteFacts } from '#contracts/appliance.ts'
import type { JobLedger } from '#contracts/diagnosis.ts'
import type { DiskProgress, HubEvent } from '#contracts/events.ts'
import type { DiskState, JobState } from '#contracts/job.ts'
import { diskStates, jobStates } from '#contracts/job.ts'
import type { Problem } from '#contracts/problem.ts'
import { FULL_RATE_MS, SAMPLES_KEPT, SAMPLES_LIMIT } from '#contracts/samples.ts'
import type { DiskVerdict } from '#contracts/source-state.ts'
import type { Proof } from '#contracts/views.ts'
import { Mutex } from '#lib/async/mutex.ts'
import type { CleanupList } from '#lib/resource/cleanup.ts'
import { appendEvent } from '../../db/events.ts'
import { heartbeat, type JobRow, jobIs, LEASE_MS, moveJob } from '../../db/jobs.ts'
import { storeFigures, thinSamples } from '../../db/samples.ts'
import type { ClientFacts } from '../../domain/diagnosis/starting.ts'
import { deriveJobState } from '../../domain/job-state.ts'
import { diskNote, doneBytes, etaSeconds, movedBytes } from '../../domain/progress.ts'
import { RecentRate } from '../../domain/recent-rate.ts'
import type { ApplianceClient } from '../../drivers/appliance/driver.ts'
import type { EngineContext } from '../../engine/context.ts'
import type { ExportFacts, LiveExport } from '../../engine/exports.ts'
import type { DigestPull } from './digests.ts'
import { FencedError } from './interrupts.ts'
import type { SourceFacts } from './source-state.ts'

/** Before the client has reported. */
export const nothingSaid: RemoteFacts = { waitingBytes: null, source: null, client: null, tunnel: null }

export interface RunDisk extends Omit<DiskProgress, 'note'> {
  label: string
  imagePath: string
  live: LiveExport | null
  /** How its export ended before this engine took the job up. */
  closed: ExportFacts['end'] | null
  /** What the appliance last said of its side of the copy. */
  remote: RemoteFacts
  problem: Problem | null
  proof: Proof | null
  /** What the source said of it. */
  source: SourceFacts
  /** What the source said of it when it let it go; null: not yet. */
  released: DiskVerdict | null
  /** Fetches its digest log; null before the copy. */
  pull: DigestPull | null
  toCheckBytes: number | null
  /** How far its source was read a second time. */
  againBytes: number
}

/** A disk of a job before anything is known but its size and what its source says. */
export function newDisk(
  disk: Pick<RunDisk, 'key' | 'label' | 'sizeBytes' | 'dataBytes'>,
  source: SourceFacts,
): RunDisk {
  return {
    ...disk,
    ...{ state: 'pending', readBytes: null, writtenBytes: null, sentBytes: null, checkedBytes: null },
    ...{ allocatedBytes: 0, bytesPerSecond: 0, imagePath: '', live: null, closed: null, remote: nothingSaid },
    ...{ problem: null, proof: null, source, released: null, pull: null, toCheckBytes: null, againBytes: 0 },
  }
}

/** What of a disk is shown each second. */
function figuresOf(disk: RunDisk): Omit<DiskProgress, 'note'> {
  const { key, state, sizeBytes, dataBytes, readBytes, writtenBytes, sentBytes, checkedBytes } = disk
  const { allocatedBytes, bytesPerSecond } = disk
  return {
    ...{ key, state, sizeBytes, dataBytes, checkedBytes, allocatedBytes, bytesPerSecond },
    readBytes: movedBytes(readBytes, disk),
    writtenBytes: movedBytes(writtenBytes, disk),
    sentBytes: movedBytes(sentBytes, disk),
  }
}

/** One backup while it runs: its row, its disks, what must be undone. Only its runner writes it. */
export class BackupRun {
  readonly ctx: EngineContext
  readonly job: JobRow
  readonly client: ApplianceClient
  readonly cleanup: CleanupList
  readonly signal: AbortSignal
  readonly disks = new Map<number, RunDisk>()
  state: JobState
  /** When the client last reported figures, on this process's clock; null: not yet. */
  heardAt: number | null = null
  /** How long the appliance took to freeze the source and to list what is allocated. */
  querySeconds = 0
  /** Since when the client is asked for, or has said its first word, on this process's clock; null: not yet. */
  clientAsked: { at: number; spoke: boolean; repeatedAt: number | null } | null = null
  /** Disks that the client has said it opens. */
  readonly opening = new Set<number>()
  /** How it stands, as looked at last. */
  ledger: JobLedger | null = null
  #stateSince: number
  /** When the source was frozen, by the hub's clock. */
  takenAt = new Date()
  partial = ''
  /** Why what is stored stays for a look when the job fails; null: it is removed. */
  keep: string | null = null
  /** An earlier engine began it. */
  readonly resumed: boolean
  /** Lines that an earlier engine has put on the record already: a replayed report adds them once only. */
  readonly #told = new Map<string, number>()
  #samples = 0
  readonly #recentRate = new RecentRate()
  readonly #mutex = new Mutex()

  constructor(ctx: EngineContext, job: JobRow, cleanup: CleanupList, signal: AbortSignal, resumed = false) {
    this.resumed = resumed
    this.ctx = ctx
    this.job = job
    this.client = ctx.sessions.client(job.applianceId)
    this.cleanup = cleanup
    this.signal = signal
    this.state = job.state
    this.#stateSince = job.stateSince.getTime()
  }

  /** When a phase that moves no bytes of the copy last went on: a second reading of the source, the proof. */
  goneOnAt = 0

  /** Something went on that is no copy. */
  goesOn(): void {
    this.goneOnAt = Date.now()
  }

  /** Seconds since the present state was entered, or since what is done in it last went on. */
  get stateSeconds(): number {
    return Math.max(0, (Date.now() - Math.max(this.#stateSince, this.goneOnAt)) / 1000)
  }

  get clientFacts(): ClientFacts | null {
    const asked = this.clientAsked
    if (asked === null) return null
    const since = (at: number) => (performance.now() - at) / 1000
    const silentSeconds = asked.repeatedAt === null ? null : since(asked.repeatedAt)
    return { askedSeconds: since(asked.at), spoke: asked.spoke, silentSeconds }
  }

  /** What stands on the record already. */
  recall(events: readonly HubEvent[]): void {
    for (const { data } of events) {
      if (data.kind !== 'job.step') continue
      const line = `${data.step} ${data.message}`
      this.#told.set(line, (this.#told.get(line) ?? 0) + 1)
    }
  }

  /** Appends a fact to the job's record. */
  async step(step: string, message: string, outcome: 'ok' | 'failed' | 'info' = 'ok', key?: number): Promise<void> {
    const line = `${step} ${message.slice(0, 2000)}`
    const told = this.#told.get(line) ?? 0
    if (told > 0) {
      this.#told.set(line, told - 1)
      return
    }
    await appendEvent(
      this.ctx.prisma,
      { kind: 'job.step', step, outcome, message: message.slice(0, 2000), key },
      this.job.id,
    )
  }

  /** Moves the job on. @throws FencedError */
  async move(to: JobState, message: string): Promise<void> {
    const { id, fence } = this.job
    const moved = await this.ctx.prisma.$transaction((tx) => moveJob(tx, { id, fence, to, message }))
    if (!moved && !(await jobIs(this.ctx.prisma, { id, fence, state: to })))
      throw new FencedError(`job ${id} could not move from ${this.state} to ${to}`)
    this.state = to
    this.#stateSince = Date.now()
  }

  /** Before something that cannot be asked for twice. @throws FencedError when another engine has the job */
  async requireMine(): Promise<void> {
    const { id, fence } = this.job
    if ((await heartbeat(this.ctx.prisma, id, fence, LEASE_MS)) === null)
      throw new FencedError(`job ${id} changed hands`)
  }

  disk(key: number): RunDisk {
    const disk = this.disks.get(key)
    if (!disk) throw new Error(`the appliance reported a disk ${key} that this job does not have`)
    return disk
  }

  /** Sets a disk's state and moves the job as far as its slowest disk allows. */
  setDisk(key: number, state: DiskState): Promise<void> {
    return this.#mutex.run(async () => {
      const disk = this.disk(key)
      // A report that is replayed after a restart of the engine tells what is over.
      if (diskStates.indexOf(state) < diskStates.indexOf(disk.state)) return
      disk.state = state
      const target = deriveJobState([...this.disks.values()].map((disk) => disk.state))
      if (target === null || target === 'committing') return
      while (jobStates.indexOf(this.state) < jobStates.indexOf(target)) {
        const to = jobStates[jobStates.indexOf(this.state) + 1] as JobState
        await this.move(
          to,
          {
            copying: 'Copying.',
            flushing: 'Flushing the images.',
            checking: 'Stored, not proved: reading the images back.',
          }[to as string] ?? '',
        )
      }
    })
  }

  get bytesPerSecond(): number {
    return [...this.disks.values()].reduce((sum, disk) => sum + (disk.state === 'copying' ? disk.bytesPerSecond : 0), 0)
  }

  /** Stores the figures and tells everybody who watches. */
  publish(): Promise<void> {
    return this.#mutex.run(async () => {
      const disks = [...this.disks.values()]
      const { prisma } = this.ctx
      const moved = disks.some(({ writtenBytes }) => (writtenBytes ?? 0) > 0)
      const figures = disks.map((disk) => ({ ...figuresOf(disk), note: diskNote(disk) }))
      const { bytesPerSecond, ledger } = this
      const done = disks.reduce((sum, disk) => sum + doneBytes(disk), 0)
      const rate = this.#recentRate.look(performance.now(), done)
      await storeFigures(prisma, this.job.id, {
        ...{ disks, moved, standing: ledger && { state: this.state, ledger } },
        event: {
          ...{ kind: 'job.progress', disks: figures, bytesPerSecond, ledger },
          etaSeconds: etaSeconds(disks, rate ?? bytesPerSecond),
        },
      })
      this.#samples++
      if (this.#samples > SAMPLES_LIMIT)
        this.#samples = await thinSamples(prisma, this.job.id, SAMPLES_KEPT, Date.now() - FULL_RATE_MS)
    })
  }
}
