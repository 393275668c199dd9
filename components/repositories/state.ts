import type { Tone } from '#components/ui/status.tsx'
import type { LookResult } from '#contracts/catalogue.ts'
import type { ProblemCode } from '#contracts/problem.ts'
import type { RepositoryView } from '#contracts/views.ts'

const words: Partial<Record<ProblemCode, string>> = {
  repository_missing: 'Missing',
  repository_identity: 'Another disk is mounted',
  repository_read_only: 'Read-only',
  repository_full: 'Full',
}

/** From here on the capacity is worth a warning, as the gauge shows it too. */
const NEARLY_FULL = 0.85

/** Pure: how a repository is, in one word or two. */
export function repositoryState(view: Pick<RepositoryView, 'problem' | 'checkedAt' | 'freeBytes' | 'totalBytes'>): {
  tone: Tone
  label: string
} {
  const { problem, checkedAt, freeBytes, totalBytes } = view
  if (problem) return { tone: 'bad', label: words[problem.code] ?? 'Not usable' }
  if (checkedAt === null || freeBytes === null || totalBytes === null) return { tone: 'unknown', label: 'Not checked' }
  const used = totalBytes > 0 ? 1 - freeBytes / totalBytes : 0
  return used >= NEARLY_FULL ? { tone: 'warn', label: 'Nearly full' } : { tone: 'ok', label: 'Usable' }
}

const points = (count: number) => (count === 1 ? '1 restore point' : `${count} restore points`)

/** Pure: what a look found, in a sentence. */
export function lookWords({ finished, looked, notLooked, changed, problem }: LookResult): string {
  if (problem) return `It could not be looked at: ${problem.happened}`
  if (!finished) return 'The look goes on; what it finds appears here by itself.'
  const found =
    changed === 0 ? 'nothing has changed' : `${changed} ${changed === 1 ? 'stands' : 'stand'} otherwise than before`
  // Nothing is said of those that could not be looked at.
  const parts = [`${points(looked)} looked at: ${found}`, notLooked > 0 ? `${notLooked} could not be looked at` : null]
  return `${parts.filter((part) => part !== null).join('; ')}.`
}
