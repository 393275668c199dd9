/** What one attempt to copy a disk has done so far, in bytes of whole leaves. Only its copier counts here. */
export class CopyProgress {
  /** Came from the source. */
  readBytes = 0
  /** Of it: all zero. */
  zeroBytes = 0
  /** Data that the target acknowledged. */
  writtenBytes = 0
  /** Zeros that the target acknowledged. */
  zeroWrittenBytes = 0
  /** Holes by the source's word, not read. */
  holeBytes = 0

  /** Read, and not acknowledged by the target yet. */
  get waitingBytes(): number {
    return this.readBytes - this.writtenBytes - this.zeroWrittenBytes
  }
}
