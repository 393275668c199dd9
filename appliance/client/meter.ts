import type { Extent } from '#contracts/appliance.ts'
import { processIo } from '#lib/process/procfs.ts'
import { mergeExtents, sumExtents } from '../nbdkit/extents.ts'
import { subtract } from '../nbdkit/lacking.ts'
import type { SourceSockets } from './source-sockets.ts'
import type { Sockets } from './ss.ts'

export interface MeterReading {
  readBytes: number | null
  sentBytes: number | null
  bytesPerSecond: number
}

/** Less than a sector is no data: waking a thread reads a few bytes too. */
const LEAST_BYTES = 512
/** Less than this on sockets is greetings. */
const LEAST_SENT_BYTES = 4096
/**
 * What a copier may hold that it has read and not written: 64 requests of 1 MiB for each of two connections (nbdcopy(1)).
 * With four it is more, and the figure below what was read.
 */
const AHEAD_BYTES = 128 * 1024 * 1024
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
  /** Whose reads count: an nbdkit's, of its files or of its sockets. */
  #watched: { of: 'files'; pid: number; before: number } | { of: 'sockets'; sockets: SourceSockets } | null = null
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
    this.#watched = { of: 'files', pid, before: (await processIo(pid))?.readBytes ?? 0 }
    this.#read ??= 0
  }

  /** From here on what this nbdkit takes from its TCP sockets counts: proc_pid_io(5) does not count what is received. */
  watchSockets(sockets: SourceSockets): void {
    this.#watched = { of: 'sockets', sockets }
  }

  /** Samples nbdkit's reads of files. Call once more before it ends. */
  async sampleRead(): Promise<void> {
    if (this.#watched?.of !== 'files') return
    const io = await processIo(this.#watched.pid)
    if (io !== null) this.#readTo(this.#share(io.readBytes - this.#watched.before, LEAST_BYTES))
  }

  /** Where a source of sockets is; none for files. */
  get sourceHosts(): readonly string[] {
    return this.#watched?.of === 'sockets' ? this.#watched.sockets.hosts() : []
  }

  /** Takes the kernel's figures of the source's sockets, after {@link sampleSent}. Without one of them nothing is known. */
  sampleTaken(byHost: ReadonlyMap<string, Sockets | null>): void {
    if (this.#watched?.of !== 'sockets') return
    const raw = this.#watched.sockets.takenBytes(byHost)
    if (raw === null) return
    // A server that sends the holes of a request as bytes sends up to what is planned, one that only names them sends
    // the data. What was written, and what the copier may hold, tells them apart.
    const atMost = Math.max(0, (this.#sent ?? 0) - this.#sentBefore) + AHEAD_BYTES
    const read = raw < LEAST_SENT_BYTES ? 0 : Math.max(this.#share(raw, 0), Math.min(raw, atMost))
    // Headers are in it: that all is read, only the copier's end says.
    this.#readTo(Math.min(read, Math.max(0, this.#attemptBytes - 1)))
  }

  /** The copier has written everything, so it has read everything: sockets are gone before their last figure. */
  sampleEnd(): void {
    if (this.#watched?.of === 'sockets' && this.#read !== null) this.#readTo(this.#attemptBytes)
  }

  /** Without the holes that widened requests read along. @param raw  since nbdkit is watched; less than `least` is no data */
  #share(raw: number, least: number): number {
    if (this.#plannedBytes === 0 || raw < least) return 0
    return Math.floor(Math.min(1, raw / this.#plannedBytes) * this.#attemptBytes)
  }

  #readTo(ofAttempt: number): void {
    this.#read = Math.max(this.#read ?? 0, this.#presentBytes + ofAttempt)
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

  /** True when any byte has moved. What comes from a server before the first is its answers about the allocation. */
  get moved(): boolean {
    return (this.#watched?.of !== 'sockets' && (this.#read ?? 0) > 0) || (this.#sent ?? 0) > LEAST_SENT_BYTES
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
