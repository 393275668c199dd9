import type { z } from 'zod'
import type { Extent, InventoryVm } from '#contracts/appliance.ts'
import type { ProbedDisk } from '#contracts/check.ts'
import type { Problem } from '#contracts/problem.ts'
import type { DiskAccess } from '../nbdkit/access.ts'

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

/** One place that holds virtual machines. A new kind of source is a folder beside `image/`, and nothing else changes. */
export interface Source {
  readonly name: string
  readonly kind: string
  /** Lists what it can; a machine that cannot be listed becomes a problem and does not hide the others. */
  inventory(): Promise<Inventory>
  /**
   * Freezes the disks of a machine for one job.
   * @throws ProblemError source_missing | source_read
   */
  begin(input: { ref: string; keys: number[] }, context: SourceContext): Promise<Snapshot>
  /** The exact size and the data extents of one frozen disk. @throws ProblemError source_missing | source_read */
  extents(snapshot: Snapshot, key: number, context: SourceContext): Promise<{ sizeBytes: number; extents: Extent[] }>
  /** How nbdkit serves one frozen disk. */
  open(snapshot: Snapshot, key: number): DiskAccess
  /** Opens each disk and lets go again, without freezing anything. Never throws for a disk: its problem is part of the answer. */
  probe(input: { ref: string; keys: number[] }, context: SourceContext): Promise<ProbedDisk[]>
  /** Lets the disks go. `changed`: what is no longer as it was at `begin`, null: all as it was. Idempotent. */
  end(snapshot: Snapshot): Promise<{ changed: string | null }>
}
