import type { Fault, Phase } from '#e2e/world/faults/fault.ts'

/** One backup that is to be disturbed. */
export interface PlannedCase {
  number: number
  fault: Fault
  phase: Phase
  /** After the phase is reached, in milliseconds. */
  delayMs: number
}

/** How far into a phase a fault may come. A copy is long; everything else is held at a point. */
const LONGEST_MS: Record<Phase, number> = {
  planned: 200,
  preparing: 200,
  copying: 2500,
  flushing: 200,
  checking: 200,
  committing: 200,
}

/**
 * Cases by a seeded generator: every pair of fault and phase comes once, in an order of its own, before one comes again.
 * @param random  numbers in [0, 1)
 */
export function planCases(faults: readonly Fault[], count: number, random: () => number): PlannedCase[] {
  const pairs = faults.flatMap((fault) => fault.phases.map((phase) => ({ fault, phase })))
  const planned: PlannedCase[] = []
  while (planned.length < count && pairs.length > 0)
    for (const { fault, phase } of shuffled(pairs, random)) {
      if (planned.length === count) break
      const delayMs = Math.round(random() * LONGEST_MS[phase])
      planned.push({ number: planned.length + 1, fault, phase, delayMs })
    }
  return planned
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[out[i], out[j]] = [out[j] as T, out[i] as T]
  }
  return out
}
