import type { Extent } from '#contracts/appliance.ts'
import { processIo, socketsOf } from '#lib/process/procfs.ts'
import { mergeExtents, sumExtents } from '../nbdkit/extents.ts'
import { subtract } from '../nbdkit/lacking.ts'

export interface MeterReading {
  readBytes: number | null
  sentBytes: number | null
  bytesPerSecond: number
}

/** Less than a sector is no data: waking a thread reads a few bytes too. */
const LEAST_BYTES = 512
/** Less than this on sockets is greetings. */
const LEAST_SENT_BYTES = 4096
/** Over a shorter time a speed means nothing, in milliseconds. */
const LEAST_MS = 250
/** How much a newer second counts in the smoothed speed. */
const WEIGHT = 0.4

/** The figures of one disk while it is copied. Counters never go backwards, and never beyond the disk's data. */
export class DiskMeter {
  readonly #dataBytes: number
  #plannedBytes: number
  /** Data that reached the image by former attempts, and what this one has to read. */
  #presentBytes = 0
  #attemptBytes: number
  /** Sent on the sockets of former attempts. */
  #sentBefore = 0
  /** The nbdkit whose reads count: of its files, or of its sockets. */
  #watched: { pid: number; of: 'files'; before: number } | { pid: number; of: 'sockets' } | null = null
  /** By inode: an nbdkit has one to its source for each of the copier's connections. */
  #taken = new Map<number, number>()
  #read: number | null = null
  #sent: number | null = null
  #speed = 0
  #last: { at: number; bytes: number } | null = null

  /**
   * @param dataBytes sum of the data extents
   * @param plannedBytes what nbdkit is asked for: the extents widened to the copier's requests
   */
  constructor(dataBytes: number, plannedBytes: number) {
    this.#dataBytes = dataBytes
    this.#plannedBytes = plannedBytes
    this.#attemptBytes = dataBytes
  }

  /** From here on the reads of this nbdkit count; what it read to start (libraries) does not. */
  async watch(pid: number): Promise<void> {
    this.#watched = { pid, of: 'files', before: (await processIo(pid))?.readBytes ?? 0 }
    this.#read ??= 0
  }

  /** From here on what this nbdkit takes from its TCP sockets counts: proc(5) does not count what is received. */
  watchSockets(pid: number): void {
    this.#watched = { pid, of: 'sockets' }
    this.#taken = new Map()
  }

  /** Samples nbdkit's reads of files. Call once more before it ends. */
  async sampleRead(): Promise<void> {
    if (this.#watched?.of !== 'files') return
    const io = await processIo(this.#watched.pid)
    if (io !== null) this.#readTo(io.readBytes - this.#watched.before, LEAST_BYTES)
  }

  /** Takes the kernel's figures of all sockets of the host. Without one of nbdkit's among them nothing is known. */
  sampleTaken(taken: ReadonlyMap<number, number>): void {
    if (this.#watched?.of !== 'sockets') return
    for (const inode of socketsOf(this.#watched.pid)) {
      const bytes = taken.get(inode)
      if (bytes !== undefined) this.#taken.set(inode, Math.max(bytes, this.#taken.get(inode) ?? 0))
    }
    if (this.#taken.size === 0) return
    this.#readTo(
      this.#taken.values().reduce((sum, bytes) => sum + bytes, 0),
      LEAST_SENT_BYTES * this.#taken.size,
    )
  }

  /** @param raw  since this nbdkit is watched; less than `least` is no data */
  #readTo(raw: number, least: number): void {
    // The holes that widened requests read along are no data: their share is taken out.
    const share = this.#plannedBytes === 0 || raw < least ? 0 : Math.min(1, raw / this.#plannedBytes)
    this.#read = Math.max(this.#read ?? 0, this.#presentBytes + Math.floor(share * this.#attemptBytes))
  }

  /** Takes the kernel's figure; null or less than before (sockets that ended) changes nothing. */
  sampleSent(acked: number | null | undefined): void {
    if (acked !== null && acked !== undefined) this.#sent = Math.max(this.#sent ?? 0, this.#sentBefore + acked)
  }

  /**
   * The copy was cut and goes on with `lacking`, on other sockets and by another nbdkit.
   * @returns what is copied now, and how much of it was read before in vain
   */
  cut(lacking: readonly Extent[], data: readonly Extent[]): { remainingBytes: number; againBytes: number | null } {
    this.#watched = null
    this.#sentBefore = this.#sent ?? 0
    const all = mergeExtents(data)
    this.#presentBytes = sumExtents(subtract(all, lacking))
    this.#attemptBytes = this.#dataBytes - this.#presentBytes
    this.#plannedBytes = sumExtents(lacking)
    const againBytes = this.#read === null ? null : Math.max(0, this.#read - this.#presentBytes)
    return { remainingBytes: this.#plannedBytes, againBytes }
  }

  /** True once the kernel has told anything of the sockets. */
  get measuresSent(): boolean {
    return this.#sent !== null
  }

  /** True when any byte has moved. */
  get moved(): boolean {
    return (this.#read ?? 0) > 0 || (this.#sent ?? 0) > LEAST_SENT_BYTES
  }

  /** @param now milliseconds of a steady clock */
  reading(now: number): MeterReading {
    const bytes = this.#read ?? this.#sent ?? 0
    if (this.#last === null) this.#last = { at: now, bytes }
    else if (now - this.#last.at >= LEAST_MS) {
      const current = ((bytes - this.#last.bytes) / (now - this.#last.at)) * 1000
      this.#speed = this.#speed === 0 ? current : WEIGHT * current + (1 - WEIGHT) * this.#speed
      this.#last = { at: now, bytes }
    }
    return { readBytes: this.#read, sentBytes: this.#sent, bytesPerSecond: Math.max(0, Math.round(this.#speed)) }
  }
}
