import type { Random } from '#scripts/seed/random.ts'
import type { DrawnDisk } from './disks.ts'
import type { Wire } from './wire.ts'

/** When bytes are changed: between the source's read and after the commit. */
export const moments = [
  /** Between the copier and the tunnel. */
  'on the way',
  /** On the export, by another client, after the copier wrote there and before it is done. */
  'while copying',
  /** On the export, by another client, before it closes. */
  'copied',
  /** The export is closed, the proof has not begun. */
  'released',
  /** The proof passed, the restore point is not committed. */
  'proved',
  'committed',
] as const
export type Moment = (typeof moments)[number]

/** A change at one of these comes after the proof: the backup completes, and the stand-alone check has to say it. */
export const isAfterProof = (moment: Moment) => moment === 'proved' || moment === 'committed'

/** What a change does to who reads the disk's image, or its digests. */
export type Effect =
  /** It can be read, and holds other bytes. */
  | 'differs'
  /** It, or what tells of it, cannot be read as what it was; or it holds other bytes. */
  | 'broken'
  /** Nothing: what was written is what was there. */
  | 'none'

/** What the injector has to work with. */
export interface Target {
  random: Random
  /** The disk whose bytes are changed. */
  disk: DrawnDisk
  /** The machine's other one. */
  other: DrawnDisk
  /** Prefix for files of its own. */
  scratch: string
  /** Where the backup's files lie now: unfinished or committed. */
  directory(): Promise<string>
  /** NBD URL of the disk's export on the hub. */
  exportUrl(): Promise<string>
  /** The way of the disk's bytes; only for kinds that ask for one. */
  wire: Wire | null
}

export interface Injected {
  /** Where and what, in words. */
  place: string
  /** Blocks of 64 KiB that hold other bytes than before, by the injector's own record; null: it cannot say which. */
  leaves: number[] | null
}

/** One way to change bytes. */
export interface Kind {
  name: string
  moments: readonly Moment[]
  effect: Effect
  /** What is changed. */
  of: 'image' | 'log' | 'map' | 'manifest'
  /** Goes through a wire of the test's own. */
  wired?: true
  /**
   * Changes the bytes. On the way, it is called before the backup starts and answers what is asked when the copy is over.
   * @throws Error when it could not
   */
  inject(target: Target, moment: Moment): Promise<Injected | (() => Injected)>
}
