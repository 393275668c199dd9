/**
 * One answer for everybody who asks within `maxAgeMs`: the question is put once, whoever comes meanwhile waits for the same
 * answer. A failure is told to those who wait, and forgotten.
 */
export function shared<T>(ask: () => Promise<T>, maxAgeMs: number, now = () => performance.now()): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | null = null
  return () => {
    if (last && now() - last.at < maxAgeMs) return last.answer
    const mine = { at: now(), answer: ask() }
    last = mine
    mine.answer.catch(() => {
      if (last === mine) last = null
    })
    return mine.answer
  }
}
