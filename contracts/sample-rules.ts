/** Samples are kept at full rate for this long; what is older may be thinned. */
export const FULL_RATE_MS = 10 * 60_000
/** Above this many samples the older ones of a running job are thinned. */
export const SAMPLES_LIMIT = 900
/** How many samples of the older part stay, and of a whole job that ended well. */
export const SAMPLES_KEPT = 300

/** The places where a verdict differs from the one before, each with its predecessor; at most the last `most` of them. */
export function turningPoints(verdicts: readonly string[], most: number): number[] {
  return verdicts
    .flatMap((verdict, index) => (index > 0 && verdict !== verdicts[index - 1] ? [index - 1, index] : []))
    .slice(-most)
}

/** So many turning points of a verdict stay beside the others: one that changes all the time must not fill the record. */
export const TURNS_KEPT = 100

/**
 * Which samples to keep, as rising indexes: all from `fullFrom` on, and of the older ones at most `kept`, spread evenly over
 * time, the first among them. Thinning again what was thinned keeps it even.
 * @param times  rising
 */
export function keptSamples(times: readonly number[], kept: number, fullFrom: number): number[] {
  const older = times.findIndex((time) => time >= fullFrom)
  const count = older === -1 ? times.length : older
  const all = times.map((_, index) => index)
  if (count <= kept) return all
  const first = times[0] ?? 0
  const last = times[count - 1] ?? first
  // The last one is kept for itself, so that the end of a record is its end.
  const width = Math.max(1, (last - first + 1) / Math.max(1, kept - 1))
  let bucket = -1
  const spread = all.slice(0, count).filter((index) => {
    const mine = Math.floor(((times[index] ?? 0) - first) / width)
    const opens = mine > bucket
    if (opens) bucket = mine
    return opens || index === count - 1
  })
  return [...spread, ...all.slice(count)]
}
