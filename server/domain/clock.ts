/** One question to another host's clock: when it was sent on ours, how long the answer took, what the answer says. */
export interface ClockReading {
  /** Milliseconds since 1970. */
  sentAt: number
  roundTripMs: number
  /** ISO 8601. */
  theirs: string
}

/**
 * Their clock less ours in milliseconds, from the quickest of these readings: the answer was given somewhere within its
 * round trip, so it is uncertain by half of it. Null: no reading makes sense.
 */
export function clockOffset(readings: readonly ClockReading[]): number | null {
  const quickest = readings
    .filter(({ theirs }) => Number.isFinite(Date.parse(theirs)))
    .toSorted((a, b) => a.roundTripMs - b.roundTripMs)[0]
  return quickest ? Date.parse(quickest.theirs) - (quickest.sentAt + quickest.roundTripMs / 2) : null
}
