import { z } from 'zod'
import { type DiskVerdict, fixedBySchema, sentences } from '#contracts/source-state.ts'
import { type Assessment, assess, type Comparison, compareMarks, markSchema } from './assess.ts'

/** How the state of one disk is fixed during one job. Kept in the source's snapshot. */
export const fixingSchema = z.object({
  by: fixedBySchema,
  /** A person allowed an unknown state of it. */
  allowed: z.boolean(),
  evidence: z.array(z.string()),
  marks: z.array(markSchema),
})
export type Fixing = z.infer<typeof fixingSchema>

/** A disk that somebody writes, and nobody allowed that. */
export interface Refused {
  writers: string[]
}

/** A frozen state by other means than the present bytes: a QCOW2's own snapshot. */
export interface Frozen {
  evidence: string
}

/**
 * Decides how the state of a disk is fixed, by what is known of its files. In this order: frozen, nobody writes it (by evidence), read
 * twice. Who is seen writing it forbids all of them.
 * @param assessment  of the files that must not change; null: an NBD address, whose server tells nothing of its disk
 */
export function planFixing(
  assessment: Assessment | null,
  allowed: boolean,
  frozen: Frozen | null = null,
): Fixing | Refused {
  const marks = assessment?.marks ?? []
  const writers = assessment?.writers ?? []
  const gaps = assessment?.gaps ?? ['A server behind an address does not say who writes its disk.']
  if (writers.length > 0)
    return allowed ? { by: 'unknown', allowed, evidence: sentences(writers.map(sentence)), marks } : { writers }
  if (gaps.length > 0) {
    const evidence = sentences([...(frozen ? [frozen.evidence] : []), ...new Set(gaps.map(sentence))])
    return { by: allowed ? 'unknown' : 'read_twice', allowed, evidence, marks }
  }
  if (frozen) return { by: 'snapshot', allowed, evidence: sentences([frozen.evidence]), marks }
  return { by: 'unchanged', allowed, evidence: ['Nobody had it open for writing when the job began.'], marks }
}

const sentence = (text: string) => {
  const capital = text.startsWith('/') ? text : text.charAt(0).toUpperCase() + text.slice(1)
  return capital.endsWith('.') ? capital : `${capital}.`
}

/** Looks again at what the marks of every disk name. Never throws: what cannot be looked at is unknown. */
export async function concludeFixings(
  disks: readonly { key: number; fixing: Fixing; also?: Comparison }[],
): Promise<DiskVerdict[]> {
  const compared = await Promise.all(disks.map(({ fixing }) => compareMarks(fixing.marks)))
  const looked = await assess(disks.map(({ fixing }) => fixing.marks.map(({ path }) => path))).catch((error: unknown) =>
    disks.map((): Assessment => ({ writers: [], gaps: [`Not looked at again: ${error}`], marks: [] })),
  )
  return disks.map(({ key, fixing, also }, index) => {
    const { changed, unknown } = compared[index] ?? { changed: [], unknown: ['Not compared.'] }
    const both = { changed: [...changed, ...(also?.changed ?? [])], unknown: [...unknown, ...(also?.unknown ?? [])] }
    return { key, ...judge(fixing, both, looked[index] ?? { writers: [], gaps: ['Not looked at again.'], marks: [] }) }
  })
}

/** The verdict of one disk. Pure. */
export function judge(fixing: Fixing, { changed, unknown }: Comparison, after: Assessment): Omit<DiskVerdict, 'key'> {
  const { by, allowed, evidence } = fixing
  const writers = after.writers.map(sentence)
  if (by === 'unknown')
    return { state: 'unknown', fixedBy: by, evidence: sentences([...evidence, ...changed, ...writers, ...unknown]) }
  const cannotTell = (words: string[]): Omit<DiskVerdict, 'key'> => ({
    state: 'unknown',
    fixedBy: allowed ? 'unknown' : by,
    evidence: sentences([...words, ...evidence]),
  })
  if (changed.length > 0)
    return allowed ? cannotTell(changed) : { state: 'changed', fixedBy: by, evidence: sentences(changed) }
  if (writers.length > 0) return cannotTell(writers)
  // The second read speaks for it: see settleSecondRead.
  if (by === 'read_twice') return cannotTell(['It was not hashed again.'])
  if (unknown.length > 0) return cannotTell(unknown)
  if (after.gaps.length > 0) return cannotTell(after.gaps.map(sentence))
  if (fixing.marks.length === 0 && by !== 'snapshot') return cannotTell(['There was nothing to compare.'])
  const compared = fixing.marks.map(({ kind, path }) =>
    kind === 'file' ? `${path}: same inode, size, mtime and ctime.` : `${path}: its counters of writes stand still.`,
  )
  const nobody = 'Nobody had it open for writing at the beginning or the end.'
  return {
    state: 'fixed',
    fixedBy: by,
    evidence: sentences([...(by === 'snapshot' ? evidence : [nobody]), ...compared]),
  }
}

/**
 * The verdict of a disk that was to be read twice, once the transfer process has said what the second read found.
 * @param equal  true: every leaf had the digest of the first read; null: it was not done, or nobody knows
 */
export function settleSecondRead(verdict: DiskVerdict, equal: boolean | null, words: string): DiskVerdict {
  if (verdict.fixedBy !== 'read_twice' || verdict.state === 'changed' || equal === null) return verdict
  const evidence = sentences([words])
  // Somebody who has it open for writing now may have written between the two reads of a place, and put it back: equal is equal.
  return { ...verdict, state: equal ? 'fixed' : 'changed', evidence }
}
