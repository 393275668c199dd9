import { LEAF_BYTES } from '#lib/digests/leaf.ts'
import { noProgress } from './copy/options.ts'

export interface MeterReading {
  readBytes: number
  writtenBytes: number
  sentBytes: number | null
  bytesPerSecond: number
}

/** Over a shorter time a speed means nothing, in milliseconds. */
const LEAST_MS = 250
/** How much a newer second counts in the smoothed speed. */
const WEIGHT = 0.4

/**
 * The figures of one disk over all attempts to copy it. What is read and sent never goes backwards; what is written does when a
 * copy is cut, for what no FLUSH covered may be lost.
 */
export class DiskMeter {
  /** The copier counts here what this attempt reads and writes. */
  copied = noProgress()
  readonly #dataBytes: number
  /** Stored by former attempts: read, written and flushed. */
  #storedBytes = 0
  /** Sent on the sockets of former attempts. */
  #sentBefore = 0
  #sent: number | null = null
  #read = 0
  #speed = 0
  #last: { at: number; bytes: number } | null = null

  /** @param dataBytes  what there is to copy: whole leaves that hold data */
  constructor(dataBytes: number) {
    this.#dataBytes = dataBytes
  }

  /** Takes the kernel's figure; null or less than before (sockets that ended) changes nothing. */
  sampleSent(acked: number | null | undefined): void {
    if (acked !== null && acked !== undefined) this.#sent = Math.max(this.#sent ?? 0, this.#sentBefore + acked)
  }

  /**
   * The copy was cut and goes on with what is not stored, on other sockets.
   * @param storedLeaves  leaves that a stored piece of the log covers
   */
  cut(storedLeaves: number): { remainingBytes: number; againBytes: number } {
    const read = this.#storedBytes + this.copied.readBytes
    this.#sentBefore = this.#sent ?? 0
    this.#storedBytes = Math.min(this.#dataBytes, storedLeaves * LEAF_BYTES)
    this.copied = noProgress()
    return {
      remainingBytes: this.#dataBytes - this.#storedBytes,
      againBytes: Math.max(0, Math.min(read, this.#dataBytes) - this.#storedBytes),
    }
  }

  /**
   * Data that came from the source and that the export has not acknowledged. Zeros are left out: they are gathered before they
   * are sent. The tunnel's buffers hold more than a copy has under way, so the send queues alone say little.
   */
  get waitingBytes(): number {
    const { readBytes, zeroBytes, writtenBytes } = this.copied
    return Math.max(0, readBytes - zeroBytes - writtenBytes)
  }

  /** True once the kernel has told anything of the sockets. */
  get measuresSent(): boolean {
    return this.#sent !== null
  }

  /** True when the export has acknowledged anything. */
  get moved(): boolean {
    return this.copied.writtenBytes + this.copied.zeroWrittenBytes > 0
  }

  /** @param now milliseconds of a steady clock */
  reading(now: number): MeterReading {
    const { readBytes, writtenBytes, zeroWrittenBytes } = this.copied
    const within = (bytes: number) => Math.min(this.#dataBytes, this.#storedBytes + bytes)
    const written = within(writtenBytes + zeroWrittenBytes)
    if (this.#last === null) this.#last = { at: now, bytes: written }
    else if (now - this.#last.at >= LEAST_MS) {
      const current = (Math.max(0, written - this.#last.bytes) / (now - this.#last.at)) * 1000
      this.#speed = this.#speed === 0 ? current : WEIGHT * current + (1 - WEIGHT) * this.#speed
      this.#last = { at: now, bytes: written }
    }
    this.#read = Math.max(this.#read, within(readBytes))
    return {
      readBytes: this.#read,
      writtenBytes: written,
      sentBytes: this.#sent,
      bytesPerSecond: Math.round(this.#speed),
    }
  }
}
