import { type Problem, ProblemError } from '#contracts/problem.ts'
import {
  type DiskFormat,
  type DiskVerdict,
  type FixedBy,
  type PreparedDisk,
  preparedDiskSchema,
  type Sectors,
} from '#contracts/source-state.ts'
import type { JobRow } from '../../db/jobs.ts'

/** What the source said of one disk of a job. */
export interface SourceFacts {
  /** How its state is to be fixed, and after the source was let go: how it was. */
  stateFixedBy: FixedBy
  /** By what that is known, in sentences. */
  stateNote: string
  /** A person allowed an unknown state when the job began. */
  allowUnknown: boolean
  format: DiskFormat
  notes: string[]
  sectors: Sectors
}

/** Most characters kept of what is known of one disk. */
const NOTE_LIMIT = 2000
export const noteOf = (evidence: readonly string[]) => evidence.join(' ').slice(0, NOTE_LIMIT)

export function factsOf(disk: PreparedDisk, allowUnknown: boolean): SourceFacts {
  const { stateFixedBy, evidence, format, notes, sectors } = disk
  return { stateFixedBy, stateNote: noteOf(evidence), allowUnknown, format, notes, sectors }
}

/** As a job's row keeps it. */
export function storedFacts(row: JobRow['disks'][number]): SourceFacts {
  const { stateFixedBy, stateNote, allowUnknown, format, notes, sectors } = row
  const shape = preparedDiskSchema.pick({ stateFixedBy: true, format: true, notes: true, sectors: true })
  return { ...shape.parse({ stateFixedBy, format, notes, sectors }), stateNote: stateNote ?? '', allowUnknown }
}

const SAFE = 'Earlier backups are untouched; this one is discarded, because nobody knows of which moment it is.'
const WAYS =
  'Shut the machine down, or take a snapshot of the disk (LVM, Btrfs, a reflink copy) and point the source at it; only then allow an unknown state for this disk.'

/**
 * What the source said when it was let go, for each disk of the job. A disk that it did not speak of is unknown; unknown stands only
 * where a person allowed it before the job began.
 * @returns the facts of each disk as they are kept
 * @throws ProblemError source_changed | source_unknown
 */
export function judgeSource(
  disks: Iterable<{ key: number; source: SourceFacts }>,
  verdicts: readonly DiskVerdict[],
): Map<number, SourceFacts> {
  const kept = new Map<number, SourceFacts>()
  const changed: string[] = []
  const unknown: string[] = []
  for (const { key, source } of disks) {
    const verdict = verdicts.find((each) => each.key === key)
    const words = `Disk ${key}: ${verdict ? noteOf(verdict.evidence) || 'no details.' : 'the source did not speak of it.'}`
    if (verdict?.state === 'fixed' && verdict.fixedBy !== 'unknown')
      kept.set(key, { ...source, stateFixedBy: verdict.fixedBy, stateNote: noteOf(verdict.evidence) })
    else if (verdict?.state === 'changed') changed.push(words)
    else if (source.allowUnknown) kept.set(key, { ...source, stateFixedBy: 'unknown', stateNote: words })
    else unknown.push(words)
  }
  if (changed.length > 0) throw new ProblemError(changedProblem(changed))
  if (unknown.length > 0)
    throw new ProblemError({
      code: 'source_unknown',
      happened: `Nobody can say whether the source stayed as it was while it was copied: ${unknown.join(' ')}`.slice(
        0,
        2000,
      ),
      safe: SAFE,
      remedy: WAYS,
    })
  return kept
}

function changedProblem(words: readonly string[]): Problem {
  return {
    code: 'source_changed',
    happened: `The source changed while it was copied: ${words.join(' ')}`.slice(0, 2000),
    safe: 'Earlier backups are untouched; this one is discarded because it mixes two states of the disk.',
    remedy: 'Back up a snapshot, or a machine that is shut down; image files must not be written meanwhile.',
  }
}

/** What a job may begin with. @throws ProblemError source_missing | source_unknown */
export function requireKnown(
  vmName: string,
  expected: readonly number[],
  allowed: readonly number[],
  found: readonly PreparedDisk[],
): void {
  const gone = expected.filter((key) => !found.some((disk) => disk.key === key))
  if (gone.length > 0)
    throw new ProblemError({
      code: 'source_missing',
      happened: `The source no longer has ${gone.length === 1 ? 'disk' : 'disks'} ${gone.join(', ')} of ${vmName}.`,
      safe: 'Nothing was copied; earlier backups are untouched.',
      remedy: 'If that is meant, refresh the list of virtual machines and start again; otherwise bring the disk back.',
    })
  if (new Set(found.map(({ key }) => key)).size !== found.length)
    throw new ProblemError({ code: 'bad_input', happened: `The source names a disk of ${vmName} twice.` })
  const refused = found.find(({ key, stateFixedBy }) => stateFixedBy === 'unknown' && !allowed.includes(key))
  if (refused)
    throw new ProblemError({
      code: 'source_unknown',
      happened: `Nothing says that disk ${refused.key} of ${vmName} keeps its state while it is copied: ${noteOf(refused.evidence)}`,
      safe: 'Nothing was copied; earlier backups are untouched.',
      remedy: WAYS,
    })
}
