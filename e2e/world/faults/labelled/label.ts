import type { Hop, Verdict } from '#contracts/diagnosis.ts'
import type { WorldDisk } from '../../appliance.ts'
import type { SlowSource } from '../../slow-source.ts'
import type { Heal } from '../fault.ts'
import type { Lab } from './lab.ts'

/** How one machine is backed up in a trial. */
export interface Arranged extends AsyncDisposable {
  disks: readonly WorldDisk[]
  /** Its disks as files, to compare images with. */
  files: readonly { key: number; path: string }[]
  /** Of the first disk, when an nbdkit of the test's serves it. */
  slow: SlowSource | null
  /** Into another repository than the stack's own. */
  repositoryId?: string
}

/** One backup of a trial, while it runs. */
export interface Trial {
  lab: Lab
  /** Of the machine; its slug, too. */
  name: string
  jobId: string
  backupId: string
  arranged: Arranged
}

/** What must be said of a fault; `kinds` empty: nothing, for it is none. */
export interface Label {
  hop: Hop | null
  kinds: readonly Verdict['kind'][]
  /** In the sentence, the evidence or the causes. */
  says: RegExp
  /** In the causes or the next step. */
  remedy: RegExp
}

/** A fault with what the diagnosis must say of it. */
export interface LabelledFault extends Label {
  name: string
  /** How its machine is served. Default: one disk of random data at a moderate pace. */
  arrange?(lab: Lab, name: string): Promise<Arranged>
  /** `before` the backup is asked for, right after its `start`, or in mid-`copy` once it was seen healthy. */
  when: 'before' | 'start' | 'copy'
  /** Of a copy that is short: it comes this soon at the latest, in milliseconds after the first healthy look. */
  withinMs?: number
  /** Breaks something; answers how to mend it. */
  inject?(trial: Trial): Promise<Heal | null>
  /** How the backup ends once it is mended. `cancelled`: by the trial, for nothing else ends it. */
  ends: 'completed' | 'failed' | 'cancelled'
  /** It breaks what all backups of a stack share. */
  alone?: true
  /** Of the verdict that people are shown, not of the one on the job's record (which cannot be written then). */
  shown?: true
  /** Why it cannot be arranged as it happens to people, for now: it is left out, with this reason. */
  notArranged?: string
}
