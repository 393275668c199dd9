import type { z } from 'zod'
import type { InventoryVm } from '#contracts/appliance.ts'
import type { ProbedDisk } from '#contracts/check.ts'
import type { Problem } from '#contracts/problem.ts'
import type { DiskVerdict, PreparedDisk } from '#contracts/source-state.ts'
import type { DiskAccess } from '../nbdkit/access.ts'
import type { Measured } from '../nbdkit/measure.ts'

export interface Inventory {
  vms: InventoryVm[]
  problems: { source: string; ref: string | null; problem: Problem }[]
}

/** What `begin` made, in a form that survives a restart of the daemon (JSON). Only its own source looks inside. */
export type Snapshot = z.infer<ReturnType<typeof z.json>>

/** Where and for whom a source works during a job. */
export interface SourceContext {
  /** The job's directory: for files of a source's own. */
  directory: string
  mark: string
  signal?: AbortSignal
}

/** A machine, and the keys of its disks of which a person allowed an unknown state. */
export interface Wanted {
  ref: string
  allowUnknown: readonly number[]
}

/** One disk as it was found when the job began. */
export interface BegunDisk extends Omit<PreparedDisk, 'sizeBytes' | 'dataBytes'> {
  /** How it is served to whoever reads it. */
  access: DiskAccess
}

/** One place that holds virtual machines. A new kind of source is a folder beside `image/`, and nothing else changes. */
export interface Source {
  readonly name: string
  readonly kind: string
  /** Lists what it can; a machine that cannot be listed becomes a problem and does not hide the others. */
  inventory(): Promise<Inventory>
  /**
   * Asks for all disks of a machine, as they are now, and decides how the state of each is fixed for one job.
   * @throws ProblemError source_missing | source_read | source_format | source_unknown (somebody writes a disk that is not allowed)
   */
  begin(wanted: Wanted, context: SourceContext): Promise<Snapshot>
  /** The disks of a snapshot, in the source's order. */
  disks(snapshot: Snapshot): BegunDisk[]
  /** The exact size of one disk, and how much of it is data. @throws ProblemError source_missing | source_read */
  measure(snapshot: Snapshot, key: number, context: SourceContext): Promise<Measured>
  /** Opens each disk and lets go again, without freezing anything. Never throws for a disk: its problem is part of the answer. */
  probe(wanted: Wanted, context: SourceContext): Promise<ProbedDisk[]>
  /**
   * Lets the disks go, and says of each whether it stayed as it was. A comparison that could not be made is `unknown`. What is to be
   * read twice is unknown here: the second read speaks for it (evidence/fixing.ts, settleSecondRead). Idempotent.
   */
  end(snapshot: Snapshot): Promise<DiskVerdict[]>
}
