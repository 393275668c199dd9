import type { RemoteFacts } from '#contracts/appliance.ts'
import { sleep } from '#lib/async/wait.ts'
import { runState } from '#lib/process/state.ts'
import type { HostTraffic } from './host-traffic.ts'
import type { DiskMeter } from './meter.ts'
import type { Reporter } from './reporter.ts'
import type { Sockets } from './ss.ts'

const INTERVAL_MS = 1000
/** Until a disk's first byte has moved it is looked at this often, */
const EAGER_MS = 25
/** but not for longer: a source that is silent for minutes costs no more than one that moves. */
const EAGER_FOR_MS = 3000

interface RunningDisk {
  key: number
  meter: DiskMeter
  peer: { host: string; port: number }
  /** The server of its source. */
  sourcePid: number
  /** Whether the rate limit held it up since the last call. */
  held(): boolean | null
  remote: RemoteFacts
  /** Its first byte was reported. */
  begun: boolean
  /** Until when it is looked at eagerly. */
  eagerUntil: number
}

/** Measures all running disks on one clock and reports them once a second, and at once when a disk's first byte moves. */
export class ProgressReporter implements AsyncDisposable {
  readonly #reporter: Reporter
  readonly #disks = new Map<number, RunningDisk>()
  readonly #stop = new AbortController()
  #loop: Promise<void> | null = null

  readonly #traffic: HostTraffic
  readonly #tunnelPid: () => Promise<number | null>

  /** @param tunnelPid  of the job's ssh, which may be another one after a break */
  constructor(reporter: Reporter, traffic: HostTraffic, tunnelPid: () => Promise<number | null>) {
    this.#reporter = reporter
    this.#traffic = traffic
    this.#tunnelPid = tunnelPid
  }

  add(disk: Omit<RunningDisk, 'begun' | 'remote' | 'eagerUntil'>): void {
    const remote = { waitingBytes: null, source: null, client: null, tunnel: null }
    this.#disks.set(disk.key, { ...disk, remote, begun: false, eagerUntil: performance.now() + EAGER_FOR_MS })
    this.#loop ??= this.#run()
  }

  /** Takes the last figures of a disk and forgets it; its sockets may be gone by then. */
  async finish(key: number): Promise<void> {
    const disk = this.#disks.get(key)
    if (!disk) return
    this.#disks.delete(key)
    this.#report([disk])
  }

  /** Asks the kernel now: the sockets may be gone in a moment. */
  sampleSockets(): Promise<void> {
    return this.#takeSockets((host) => this.#traffic.fresh(host))
  }

  async #takeSockets(ask: (host: string) => Promise<Sockets | null>): Promise<void> {
    const disks = [...this.#disks.values()]
    const hosts = [...new Set(disks.map(({ peer }) => peer.host))]
    const byHost = new Map(await Promise.all(hosts.map(async (host) => [host, await ask(host)] as const)))
    for (const disk of disks) {
      const sockets = byHost.get(disk.peer.host) ?? null
      const found = sockets?.peer(`${disk.peer.host}:${disk.peer.port}`)
      disk.meter.sampleSent(found?.ackedBytes)
      const waiting = Math.max(found?.waitingBytes ?? 0, disk.meter.waitingBytes)
      disk.remote = { ...disk.remote, waitingBytes: sockets === null ? null : waiting }
    }
  }

  async #lookAtProcesses(): Promise<void> {
    const ssh = await this.#tunnelPid()
    const tunnel = ssh === null ? null : runState(ssh)
    for (const disk of this.#disks.values()) {
      // This process runs, or it would not say so.
      disk.remote = { ...disk.remote, source: runState(disk.sourcePid), client: 'runs', tunnel, limited: disk.held() }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let next = performance.now() + INTERVAL_MS
    while (!signal.aborted) {
      const disks = [...this.#disks.values()]
      // A short copy is over before the second is: its sockets are looked at as soon as they are there.
      const isEager = ({ eagerUntil }: RunningDisk) => performance.now() < eagerUntil
      if (disks.some((disk) => !disk.meter.measuresSent && isEager(disk))) await this.sampleSockets()
      const now = performance.now()
      const fresh = disks.filter((disk) => !disk.begun && disk.meter.moved && this.#disks.has(disk.key))
      for (const disk of fresh) disk.begun = true
      if (now >= next) {
        await this.#takeSockets((host) => this.#traffic.read(host))
        await this.#lookAtProcesses()
        this.#report([...this.#disks.values()])
        next = Math.max(next + INTERVAL_MS, now)
      } else if (fresh.length > 0) this.#report(fresh)
      const eager = [...this.#disks.values()].some((disk) => isEager(disk) && (!disk.begun || !disk.meter.measuresSent))
      const pause = Math.max(1, next - performance.now())
      await sleep(eager ? Math.min(EAGER_MS, pause) : pause, signal).catch(() => undefined)
    }
  }

  #report(disks: readonly RunningDisk[]): void {
    if (disks.length === 0) return
    const now = performance.now()
    this.#reporter.report({
      type: 'progress',
      disks: disks.map(({ key, meter, remote }) => ({ key, ...meter.reading(now), remote })),
    })
  }
}
