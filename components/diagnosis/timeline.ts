import type { Verdict } from '#contracts/diagnosis.ts'
import type { Moment } from '#contracts/replay.ts'

/** Moments in a row whose verdict is the same in kind and place. */
export interface Span {
  kind: Verdict['kind']
  hop: Verdict['hop']
  /** Milliseconds since 1970. A span ends where the next one begins. */
  from: number
  to: number
  /** Of its first moment, among all. */
  index: number
}

/** The verdicts over time, without gaps. */
export function spansOf(moments: readonly Moment[]): Span[] {
  const spans: Span[] = []
  moments.forEach(({ at, ledger: { verdict } }, index) => {
    const { kind, hop } = verdict
    const last = spans.at(-1)
    if (last) last.to = at
    if (last?.kind !== kind || last.hop !== hop) spans.push({ kind, hop, from: at, to: at, index })
  })
  return spans
}

/** Where a key moves the replay to; null: not a key of it. Moments do not stand evenly, so a step is a moment. */
export function indexAfterKey(key: string, index: number, count: number): number | null {
  const page = Math.max(1, Math.round(count / 10))
  const steps: Record<string, number> = {
    ...{ ArrowRight: index + 1, ArrowUp: index + 1, ArrowLeft: index - 1, ArrowDown: index - 1 },
    ...{ PageUp: index + page, PageDown: index - page, Home: 0, End: count - 1 },
  }
  const wanted = steps[key]
  return wanted === undefined ? null : Math.min(count - 1, Math.max(0, wanted))
}
