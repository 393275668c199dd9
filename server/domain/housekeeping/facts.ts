import type { Orphan } from '#contracts/housekeeping.ts'
import type { JobState } from '#contracts/job.ts'

/** A row of the ledger that is not released. */
export interface RowFact {
  id: string
  kind: string
  identity: string
  jobId: string | null
  pid: number | null
  pidStart: string | null
  state: 'intended' | 'live' | 'released' | 'orphan'
  data: unknown
  createdAt: Date
  reason: string | null
  tries: number
  triedAt: Date | null
  nextTryAt: Date | null
}

/** A process that carries the id of a row of ours, or is a qemu-nbd whoever's. */
export interface ProcessFact {
  pid: number
  start: string
  since: Date
  program: string
  command: string
  mark: string | null
  /** The export row that its mark names, released ones too. */
  row: { id: string; jobId: string | null; released: boolean } | null
  /** Ports of the export range it listens on. */
  ports: number[]
}

export interface FileFact {
  path: string
  sizeBytes: number
  modifiedAt: Date
}

/** A `<backup id>.partial` of a repository that is ours by its identity file. */
export interface PartialFact extends FileFact {
  repositoryPath: string
  backupId: string
  /** The job of this hub that has that backup id. */
  jobId: string | null
}

export interface SessionFact {
  pid: number
  start: string
  peer: string
  /** null: sshd's log no longer says. */
  fingerprint: string | null
  since: Date
  /** Where it listens for an appliance (`-R`). */
  listenPorts: readonly number[]
  /** Ports of the export range it is connected to. */
  openPorts: readonly number[]
}

/** What was found on the host and on record, nothing judged. */
export interface Facts {
  now: Date
  /** What is younger, in milliseconds, may be in the making. */
  settleMs: number
  /** Jobs that the engine still works on, whatever their state. */
  busyJobs: ReadonlySet<string>
  jobs: ReadonlyMap<string, { id: string; backupId: string; state: JobState }>
  rows: readonly RowFact[]
  processes: readonly ProcessFact[]
  /** Ports of the export range on which something listens, with the pids that are ours to see. */
  listening: readonly { port: number; pids: readonly number[] }[]
  partials: readonly PartialFact[]
  /** Pid files and logs of exports in the hub's home. */
  exportFiles: readonly (FileFact & { exportName: string; port: number })[]
  /** Files that a program of ours writes beside its goal and renames. */
  temporaries: readonly FileFact[]
  /** Finished backups in a repository that the catalogue does not know, and how many more there are than listed. */
  unlisted: { paths: readonly string[]; more: number }
  /** Images in a repository that no record of ours has. */
  strangers: readonly string[]
  keyLines: readonly { line: string; kind: 'control' | 'data' | null; owner: string | null }[]
  sessions: readonly SessionFact[]
  appliances: readonly {
    id: string
    name: string
    fingerprint: string
    apiPort: number
    enabled: boolean
    online: boolean
  }[]
  /** Fingerprints of data keys by row. */
  keyPrints: ReadonlyMap<string, string>
}

/** How an orphan is cleaned. */
export type Target =
  | { do: 'row'; rowId: string }
  | { do: 'process'; pid: number; start: string }
  | { do: 'session'; pid: number; start: string }
  | { do: 'partial'; repositoryPath: string; path: string }
  | { do: 'file'; path: string }
  | { do: 'keys' }

export interface Finding {
  orphan: Orphan
  target: Target
}
