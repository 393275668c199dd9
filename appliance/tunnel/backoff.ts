/** First pause, and the longest, between two attempts, in milliseconds. */
export const FIRST_PAUSE_MS = 250
export const LONGEST_PAUSE_MS = 15_000
/** A connection that held this long makes the next pause a first one again. */
export const HELD_MS = 10_000

/**
 * The pause before attempt `failures + 1`: doubles to the cap, of which the upper half is jitter,
 * so that many appliances do not knock at a restarted hub at once.
 * @param random a number in [0, 1)
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(Math.max(failures - 1, 0), 16))
  return full / 2 + (full / 2) * random
}
