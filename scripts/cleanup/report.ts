import type { CleaningOutcome, HousekeepingView, Orphan } from '#contracts/housekeeping.ts'
import { formatBytes } from '#lib/format/bytes.ts'
import { formatDuration, secondsBetween } from '#lib/format/duration.ts'

/** What one run found and did. */
export interface CleanupReport {
  /** Whether the hub's engine runs: without it nothing is cleaned. */
  engine: boolean
  applied: boolean
  view: HousekeepingView
  outcomes: CleaningOutcome[]
  /** Why nothing was cleaned although it was asked for. */
  refused: string | null
}

/** 0: nothing is left over; 1: something is. */
export function exitStatus({ view }: CleanupReport): 0 | 1 {
  return view.orphans.length === 0 ? 0 : 1
}

/** Columns as wide as their widest cell; the last one is not padded. Pure. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function orphanLines(orphans: readonly Orphan[], now: string): string[] {
  const head = ['KIND', 'AGE', 'SIZE', 'BACKUP', 'WHAT']
  const rows = orphans.map(({ kind, identity, since, sizeBytes, backupId }) => [
    kind,
    since === null ? '–' : formatDuration(secondsBetween(since, now)),
    sizeBytes === null ? '–' : formatBytes(sizeBytes),
    backupId ?? '–',
    identity,
  ])
  const lines = table([head, ...rows])
  return lines.flatMap((line, index) => {
    const orphan = orphans[index - 1]
    if (!orphan) return [line]
    const { why, cleaning, waitsFor, reason } = orphan
    const more = [`why: ${why}`, `cleaning: ${cleaning}`]
    if (waitsFor) more.push(`waits: ${waitsFor}`)
    if (reason) more.push(`last try: ${reason}`)
    return [line, ...more.map((text) => `    ${text}`)]
  })
}

const words: Record<CleaningOutcome['outcome'], string> = { cleaned: 'cleaned', failed: 'NOT CLEANED', waits: 'waits' }
const things = (count: number) => (count === 1 ? '1 thing is' : `${count} things are`)

/** The report as a person reads it. Pure. */
export function lines({ engine, applied, view, outcomes, refused }: CleanupReport): string[] {
  const said: string[] = []
  if (!engine) said.push('The engine of this hub is down: this is what can be seen without it.', '')
  if (outcomes.length > 0)
    said.push(
      ...table(outcomes.map(({ outcome, kind, identity, detail }) => [words[outcome], kind, identity, detail])),
      '',
    )
  const { orphans, foreign, notSeen, lookedAt } = view
  said.push(
    ...(orphans.length === 0
      ? ['Nothing is left over.']
      : [`${things(orphans.length)} left over.`, '', ...orphanLines(orphans, lookedAt)]),
  )
  if (foreign.length > 0)
    said.push('', 'Not ours, never touched:', ...foreign.map(({ kind, identity }) => `  ${kind} ${identity}`))
  if (notSeen.length > 0)
    said.push('', 'Could not be looked at:', ...notSeen.map(({ what, why }) => `  ${what}: ${why}`))
  if (refused) said.push('', refused)
  else if (!applied && orphans.length > 0) said.push('', 'Nothing was changed. To clean it: npm run cleanup -- --apply')
  return said
}
