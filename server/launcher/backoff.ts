/** A program that lived this long was well: counting begins anew. */
export const WELL_AFTER_MS = 60_000
/** From this many quick ends on it is called a restart loop. */
export const LOOP_FROM = 3

/** How often a program ended soon after its start, in a row. */
export function countQuickEnds(before: number, livedMs: number): number {
  return livedMs >= WELL_AFTER_MS ? 1 : before + 1
}

/** Milliseconds to wait before the next start: 250, 500, 1000, … 30000. */
export function backoffMs(quickEnds: number): number {
  return Math.min(30_000, 250 * 2 ** Math.max(0, quickEnds - 1))
}

/** What is said when a program ended unasked. */
export function endedLine(
  name: string,
  end: { exitCode: number | null; signal: string | null },
  quickEnds: number,
  logFile: string,
): string {
  const how = end.signal ? `signal ${end.signal}` : `exit status ${end.exitCode ?? 'unknown'}`
  const next = `next start in ${backoffMs(quickEnds) / 1000} s`
  if (quickEnds < LOOP_FROM) return `The ${name} ended (${how}); ${next}.`
  return `The ${name} does not stay up: ${quickEnds} ends in a row, the last by ${how}; ${next}. Its words: ${logFile}`
}
