import { processIo } from '#lib/process/procfs.ts'

export interface MeterReading {
  readBytes: number | null
  sentBytes: number | null
  bytesPerSecond: number
}

/** Less than a sector is no data: waking a thread reads a few bytes too. */
const LEAST_BYTES = 512
/** Over a shorter time a speed means nothing, in milliseconds. */
const LEAST_MS = 250
/** How much a newer second counts in the smoothed speed. */
const WEIGHT = 0.4

/** The figures of one disk while it is copied. Counters never go backwards, and never beyond the disk's data. */
export class DiskMeter {
  readonly #dataBytes: number
  readonly #plannedBytes: number
  #pid: number | null = null
  #baseline = 0
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
  }

  /** From here on the reads of this nbdkit count; what it read to start (libraries) does not. */
  async watch(pid: number): Promise<void> {
    this.#baseline = (await processIo(pid))?.readBytes ?? 0
    this.#pid = pid
    this.#read = 0
  }

  /** Samples nbdkit's reads. Call once more before it ends. */
  async sampleRead(): Promise<void> {
    const io = this.#pid === null ? null : await processIo(this.#pid)
    if (io === null) return
    const raw = io.readBytes - this.#baseline
    // The holes that widened requests read along are no data: their share is taken out.
    const share = this.#plannedBytes === 0 || raw < LEAST_BYTES ? 0 : Math.min(1, raw / this.#plannedBytes)
    this.#read = Math.max(this.#read ?? 0, Math.floor(share * this.#dataBytes))
  }

  /** Takes the kernel's figure; null or less than before (sockets that ended) changes nothing. */
  sampleSent(acked: number | null | undefined): void {
    if (acked !== null && acked !== undefined) this.#sent = Math.max(this.#sent ?? 0, acked)
  }

  /** True when any byte has moved. */
  get moved(): boolean {
    return (this.#read ?? 0) > 0 || (this.#sent ?? 0) > 0
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
