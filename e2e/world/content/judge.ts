import type { Problem } from '#contracts/problem.ts'
import type { CheckAnswer } from './check.ts'
import type { Effect, Injected } from './kind.ts'
import { LEAF } from './ranges.ts'

/** What is known of a changed image without the product: from the injector's record and from QEMU. */
export interface Truth {
  effect: Effect
  injected: Injected
  /** Blocks in which QEMU reads other bytes than the source has; null: it cannot read the image, or the image was not touched. */
  differing: readonly number[] | null
}

/** Why the change was not what it should have been; null: it was. A case that did not change bytes as meant proves nothing. */
export function notAsMeant({ effect, injected, differing }: Truth): string | null {
  if (effect === 'none') return differing?.length === 0 ? null : 'what should change nothing changed bytes'
  if (effect !== 'differs') return null
  if (differing === null) return 'QEMU cannot read the image any more'
  if (differing.length === 0) return 'the image holds what its source holds'
  const record = injected.leaves
  if (record !== null && record.join() !== differing.join())
    return `QEMU finds blocks ${some(differing)} changed, the injector's record says ${some(record)}`
  return null
}

const some = (leaves: readonly number[]) =>
  `${leaves.slice(0, 8).join(', ')}${leaves.length > 8 ? ` … (${leaves.length})` : ''}`

interface Found {
  differing: number
  first: number
  last: number
}

const expected = (leaves: readonly number[]): Found => ({
  differing: leaves.length,
  first: (leaves[0] ?? 0) * LEAF,
  last: (leaves.at(-1) ?? 0) * LEAF,
})

const other = (said: Found, wanted: Found) =>
  said.differing === wanted.differing && said.first === wanted.first && said.last === wanted.last
    ? []
    : [`it says ${JSON.stringify(said)}, true is ${JSON.stringify(wanted)}`]

const number = (text: string | undefined) => Number((text ?? '').replaceAll(',', ''))

/** The figures of a proof's words; null: it names none. */
export function figuresOf(words: string): Found | null {
  const match = /([\d,]+) of [\d,]+ blocks .*? first at byte ([\d,]+), the last at byte ([\d,]+)/.exec(words)
  return match && { differing: number(match[1]), first: number(match[2]), last: number(match[3]) }
}

/** What is wrong with how a backup failed whose stored bytes were changed before its proof; empty: nothing. */
export function wrongWithFailure(problem: Problem | null, key: number, truth: Truth, of: 'image' | 'log'): string[] {
  if (problem?.code !== 'proof_failed') return [`it failed with ${problem?.code}: ${problem?.happened}`]
  const words = problem.happened
  const wrongs = [
    ...(new RegExp(`^Disk ${key}\\b`).test(words) ? [] : [`it does not name disk ${key}: ${words}`]),
    ...(problem.remedy ? [] : ['it does not say what to do']),
  ]
  const said = figuresOf(words)
  if (said && truth.differing) wrongs.push(...other(said, expected(truth.differing)))
  if (!said && truth.effect === 'differs') wrongs.push(`it names no offsets: ${words}`)
  const reason = of === 'log' ? /digest log/ : /cannot be read back|the image is \d+ bytes long/
  if (!said && truth.effect === 'broken' && !reason.test(words)) wrongs.push(`it gives another reason: ${words}`)
  if (said && of === 'log' && !truth.differing) wrongs.push(`the image was not touched, and it says: ${words}`)
  return wrongs
}

/** What is wrong with the answer of the stand-alone check to what was changed after the proof; empty: nothing. */
export function wrongWithCheck(answer: CheckAnswer, truth: Truth, of: 'image' | 'map' | 'manifest'): string[] {
  const { exitCode, differing, firstOffset, lastOffset, said } = answer
  const cannotSay = exitCode === 2 && differing === null
  if (of !== 'image') return cannotSay ? [] : [`exit status ${exitCode}: ${said}`]
  if (cannotSay) return truth.effect === 'broken' ? [] : [`it cannot say: ${said}`]
  if (exitCode !== 1 || differing === null || firstOffset === null || lastOffset === null)
    return [`exit status ${exitCode}: ${said}`]
  if (truth.differing === null) return []
  return other({ differing, first: firstOffset, last: lastOffset }, expected(truth.differing))
}
