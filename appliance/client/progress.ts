import { sleep } from '#lib/async/wait.ts'
import type { DiskMeter } from './meter.ts'
import type { Reporter } from './reporter.ts'
import { ackedBytes } from './ss.ts'

const INTERVAL_MS = 1000
/** Until a disk's first byte has moved it is looked at this often. */
const EAGER_MS = 25

interface RunningDisk {
  key: number
  meter: DiskMeter
  peer: { host: string; port: number }
  /** Its first byte was reported. */
  begun: boolean
}

/** Measures all running disks on one clock and reports them once a second, and at once when a disk's first byte moves. */
export class ProgressReporter implements AsyncDisposable {
  readonly #reporter: Reporter
  readonly #disks = new Map<number, RunningDisk>()
  readonly #stop = new AbortController()
  #loop: Promise<void> | null = null

  constructor(reporter: Reporter) {
    this.#reporter = reporter
  }

  add(disk: Omit<RunningDisk, 'begun'>): void {
    this.#disks.set(disk.key, { ...disk, begun: false })
    this.#loop ??= this.#run()
  }

  /** Takes the last figures of a disk and forgets it. Call while its nbdkit lives. */
  async finish(key: number): Promise<void> {
    const disk = this.#disks.get(key)
    if (!disk) return
    this.#disks.delete(key)
    await disk.meter.sampleRead()
    this.#report([disk])
  }

  /** Asks the kernel now: the sockets may be gone in a moment. */
  async sampleSent(): Promise<void> {
    const disks = [...this.#disks.values()]
    const acked = await ackedBytes(disks.map(({ peer }) => peer))
    for (const { meter, peer } of disks) meter.sampleSent(acked?.get(`${peer.host}:${peer.port}`))
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
      await Promise.all(disks.map(({ meter }) => meter.sampleRead()))
      // A short copy is over before the second is: its sockets are looked at as soon as they are there.
      if (disks.some(({ meter }) => !meter.measuresSent)) await this.sampleSent()
      const now = performance.now()
      const fresh = disks.filter((disk) => !disk.begun && disk.meter.moved && this.#disks.has(disk.key))
      for (const disk of fresh) disk.begun = true
      if (now >= next) {
        await this.sampleSent()
        this.#report([...this.#disks.values()])
        next = Math.max(next + INTERVAL_MS, now)
      } else if (fresh.length > 0) this.#report(fresh)
      const eager = [...this.#disks.values()].some(({ begun, meter }) => !begun || !meter.measuresSent)
      const pause = Math.max(1, next - performance.now())
      await sleep(eager ? Math.min(EAGER_MS, pause) : pause, signal).catch(() => undefined)
    }
  }

  #report(disks: readonly RunningDisk[]): void {
    if (disks.length === 0) return
    const now = performance.now()
    this.#reporter.report({
      type: 'progress',
      disks: disks.map(({ key, meter }) => ({ key, ...meter.reading(now) })),
    })
  }
}
