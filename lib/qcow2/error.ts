/** What an image is refused for, in one word. */
export type Qcow2Word =
  | 'not_qcow2'
  | 'version'
  | 'cluster_size'
  | 'backing_file'
  | 'encryption'
  | 'internal_snapshots'
  | 'data_file'
  | 'dirty'
  | 'corrupt'
  | 'compression'
  | 'compressed_cluster'
  | 'extended_l2'
  | 'unknown_feature'
  | 'bitmaps'
  | 'refcount_bits'
  | 'header'
  | 'size'
  | 'l1_table'
  | 'l1_entry'
  | 'l2_entry'
  | 'shared_cluster'

/** `unsupported`: a QCOW2 that Sendense does not write. `damaged`: no sound QCOW2 at all. */
export class Qcow2Error extends Error {
  readonly kind: 'unsupported' | 'damaged'
  readonly word: Qcow2Word
  constructor(kind: 'unsupported' | 'damaged', word: Qcow2Word, message: string) {
    super(message)
    this.name = 'Qcow2Error'
    this.kind = kind
    this.word = word
  }
}

export const damaged = (word: Qcow2Word, why: string) =>
  new Qcow2Error('damaged', word, `The image is damaged: ${why}.`)
export const unsupported = (word: Qcow2Word, why: string) =>
  new Qcow2Error('unsupported', word, `The image is none that Sendense writes: ${why}.`)
