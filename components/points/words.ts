import type { Tone } from '#components/ui/status.tsx'
import type { StandingCounts } from '#contracts/catalogue.ts'
import { type Standing, standingLabels } from '#contracts/standing.ts'

/** Never green for what is not known. */
export const standingTones: Record<Standing, Tone> = {
  ok: 'ok',
  unproved: 'warn',
  'not-looked-at': 'unknown',
  missing: 'bad',
  damaged: 'bad',
}

/** A standing in a line: the date comes beside it. Pure. */
export function standingStatus(standing: Standing, lookedAt: string | null): { tone: Tone; label: string } {
  const tone = standingTones[standing]
  if (standing !== 'not-looked-at') return { tone, label: standingLabels[standing] }
  return { tone, label: lookedAt === null ? 'Never looked at' : 'Not looked at since' }
}

const fields = [
  ['damaged', 'damaged'],
  ['missing', 'missing'],
  ['notLookedAt', 'not-looked-at'],
  ['unproved', 'unproved'],
  ['ok', 'ok'],
] as const

/** How many stand how, the worst first; what there is none of is left out. Pure. */
export function countedStandings(counts: StandingCounts): { standing: Standing; count: number }[] {
  return fields.flatMap(([field, standing]) => (counts[field] > 0 ? [{ standing, count: counts[field] }] : []))
}

const points = (count: number) => (count === 1 ? '1 restore point' : `${count} restore points`)

/** What of all restore points needs a look, in sentences; null: nothing. Pure. */
export function troubleOf(counts: StandingCounts): { bad: string | null; warn: string | null } {
  const { damaged, missing, notLookedAt, unproved } = counts
  const is = (count: number) => (count === 1 ? 'is' : 'are')
  const broken = [
    damaged > 0 ? `${points(damaged)} ${is(damaged)} damaged` : null,
    missing > 0
      ? damaged > 0
        ? `${missing} ${is(missing)} missing`
        : `${points(missing)} ${is(missing)} missing`
      : null,
  ].filter((part) => part !== null)
  const unknown = [
    notLookedAt > 0 ? `${points(notLookedAt)} could not be looked at for too long` : null,
    unproved > 0 ? `${points(unproved)} ${unproved === 1 ? 'has' : 'have'} no digest map` : null,
  ].filter((part) => part !== null)
  return {
    bad: broken.length > 0 ? `${broken.join(', ')}.` : null,
    warn: unknown.length > 0 ? `${unknown.join(', ')}.` : null,
  }
}
