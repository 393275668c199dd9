/** What is looked for at a restore point's files, and what was seen. Between the engine and the process that looks. */

/** A file as the file system knows it. Times and inode are decimal texts: they do not fit a JavaScript number. */
export interface ImageFacts {
  bytes: number
  mtimeNs: string
  /** Of the inode: whoever writes, renames or re-owns the file moves it, and nobody can put it back. */
  ctimeNs: string
  inode: string
}

export interface ExpectedDisk {
  key: number
  /** Of the disk, in bytes, as the manifest has it. */
  sizeBytes: number
  /** Below the repository. */
  imagePath: string
  /** As committed; null: not on record. */
  facts: ImageFacts | null
  /** The digest map beside the image; null: there is none. */
  map: { root: string; bytes: number } | null
}

/** A restore point as the catalogue has it. */
export interface ExpectedPoint {
  id: string
  jobId: string
  repositoryId: string
  /** Below the repository. */
  directory: string
  /** Hex; null: not on record. */
  manifestSha256: string | null
  disks: readonly ExpectedDisk[]
}

/** An answer of the file system: the thing, its absence, or why it could not be asked. */
export type Seen<T> = { found: T } | { gone: true } | { refused: string }

export interface SeenManifest {
  sha256: string
  /** What it says of itself; null: it cannot be understood. */
  says: {
    backupId: string
    jobId: string
    repositoryId: string
    disks: readonly { key: number; sizeBytes: number; image: string; root: string | null }[]
  } | null
}

export interface SeenDisk {
  key: number
  /** null: something else than a file lies there. */
  image: Seen<ImageFacts | null>
  /** Bytes of its file, null for something else than a file. Not asked where none is expected. */
  map: Seen<number | null> | null
  /** Its root, computed anew; null: not asked. */
  root: Seen<string> | null
}

export interface SeenPoint {
  directory: Seen<true>
  /** null: not asked, because the directory is not there. */
  manifest: Seen<SeenManifest> | null
  disks: readonly SeenDisk[]
}

/** What damage was seen in, from the cheapest look to the dearest. */
export const evidences = ['files', 'map', 'content'] as const
export type Evidence = (typeof evidences)[number]

/** What one look says of one restore point. */
export interface Verdict {
  /** null: the look could not answer. */
  state: 'ok' | 'unproved' | 'damaged' | 'missing' | null
  /** What the look went as far as. */
  seenIn: Evidence
  /** Why it is not ok; null when it is, or when there is no answer. */
  reason: string | null
  /** Why the look, or its part about the digest maps, could not answer; null: it could. */
  notLooked: string | null
  /** Every digest map's root was computed anew. */
  mapLooked: boolean
}
