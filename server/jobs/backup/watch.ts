import type { DiskSample, HopSample, JobLedger, Verdict } from '#contracts/diagnosis.ts'
import type { DiskState } from '#contracts/job.ts'
import { sleep } from '#lib/async/wait.ts'
import { processIo } from '#lib/process/procfs.ts'
import { runState } from '#lib/process/state.ts'
import { appendEvent } from '../../db/events.ts'
import { diagnose } from '../../domain/diagnosis/diagnose.ts'
import { type DiskTrack, track } from '../../domain/diagnosis/track.ts'
import type { Traffic } from '../../drivers/nbd/traffic.ts'
import type { BackupRun, RunDisk } from './run.ts'

const EVERY_MS = 1000
/** The appliance reports once a second: figures older than this say nothing of now. */
const FRESH_MS = 3500

const unknown: HopSample = { bytes: null, waiting: null, process: null }
const silent: Traffic = { connections: 0, receivedBytes: 0, waitingBytes: 0 }

/** Looks at one running job once a second, from the hub's side and through the client's reports, and says how it stands. */
export class JobWatch {
  readonly #run: BackupRun
  readonly #tracks = new Map<number, DiskTrack>()
  /** Since when each disk is in its state, as it was seen. */
  readonly #states = new Map<number, { state: DiskState; since: number }>()
  #announced: Pick<Verdict, 'kind' | 'hop' | 'key'> = { kind: 'healthy', hop: null, key: null }

  constructor(run: BackupRun) {
    this.#run = run
  }

  /** Measures every disk that copies. Call once a second. */
  async sample(): Promise<void> {
    const copying = [...this.#run.disks.values()].filter((disk) => disk.state === 'copying' && disk.live)
    const traffic = copying.length === 0 ? null : await this.#run.ctx.traffic()
    for (const disk of copying) {
      const sample = await this.#sampleOf(disk, traffic)
      this.#tracks.set(disk.key, track(this.#tracks.get(disk.key) ?? null, sample))
    }
  }

  /** How the job stands now; what has become worth saying is put on its record. */
  async look(): Promise<JobLedger> {
    const { state, stateSeconds, disks } = this.#run
    const now = Date.now()
    const facts = [...disks.values()].map((disk) => ({
      ...{ key: disk.key, state: disk.state, dataBytes: disk.dataBytes },
      stateSeconds: this.#stateSeconds(disk, now),
      track: this.#tracks.get(disk.key) ?? null,
    }))
    const thresholds = await this.#run.ctx.thresholds()
    const { ctx, job, clientFacts: client, querySeconds } = this.#run
    const heartbeatSeconds = ctx.sessions.silentSeconds(job.applianceId)
    const measured = { client, heartbeatSeconds, querySeconds }
    const ledger = diagnose({ state, stateSeconds, now, disks: facts, ...measured }, thresholds)
    await this.#announce(ledger.verdict)
    return ledger
  }

  /** Looks for as long as the job runs, and tells. While it copies, whoever takes the figures looks. */
  async live(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(EVERY_MS, signal).catch(() => undefined)
      if (signal.aborted || this.#run.state === 'copying') continue
      await this.settle()
    }
  }

  /** Looks at once and tells: a disk that went on just before its end does not stand as stuck on the record. */
  async settle(): Promise<void> {
    await this.#tell().catch((err: unknown) => this.#run.ctx.log.warn({ err }, 'no verdict'))
  }

  async #tell(): Promise<void> {
    const { state } = this.#run
    this.#run.ledger = await this.look()
    // The last transaction is the commit's own.
    if (this.#run.state === state && state !== 'committing') await this.#run.publish()
  }

  #stateSeconds({ key, state }: RunDisk, now: number): number | null {
    const known = this.#states.get(key)
    if (known?.state === state)
      return known.since === 0 ? null : (now - Math.max(known.since, this.#run.goneOnAt)) / 1000
    // Seen in a state from the beginning: who knows since when.
    this.#states.set(key, { state, since: known ? now : 0 })
    return known ? 0 : null
  }

  async #sampleOf(disk: RunDisk, traffic: ReadonlyMap<number, Traffic> | null): Promise<DiskSample> {
    const { heardAt } = this.#run
    const heard = heardAt !== null && performance.now() - heardAt < FRESH_MS
    const pid = disk.live?.process.identity.pid ?? 0
    const io = await processIo(pid)
    const state = runState(pid)
    const arrived = traffic === null ? null : (traffic.get(disk.live?.port ?? 0) ?? silent)
    return {
      key: disk.key,
      at: Date.now(),
      connections: arrived?.connections ?? null,
      limited: heard ? (disk.remote.limited ?? null) : null,
      hops: {
        source: heard ? { bytes: disk.readBytes, waiting: null, process: disk.remote.source } : unknown,
        client: heard
          ? { bytes: disk.sentBytes, waiting: disk.remote.waitingBytes, process: disk.remote.client }
          : unknown,
        tunnel: {
          bytes: arrived?.receivedBytes ?? null,
          waiting: arrived?.waitingBytes ?? null,
          process: heard ? disk.remote.tunnel : null,
        },
        export: { bytes: io?.writtenBytes ?? null, waiting: null, process: state },
        image: { bytes: disk.allocatedBytes, waiting: null, process: null },
      },
    }
  }

  async #announce(verdict: Verdict): Promise<void> {
    const { kind, hop, key } = verdict
    const calm = kind === 'healthy' || kind === 'expected' || kind === 'nothing'
    const before = this.#announced
    const wasCalm = before.kind === 'healthy'
    if (calm ? wasCalm : before.kind === kind && before.hop === hop && before.key === key) return
    this.#announced = calm ? { kind: 'healthy', hop: null, key: null } : { kind, hop, key }
    await appendEvent(this.#run.ctx.prisma, { kind: 'job.verdict', verdict }, this.#run.job.id)
  }
}
