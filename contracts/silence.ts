import type { SilenceLimits, Thresholds } from './thresholds.ts'

/** The phases of a job that a silence is measured in, in order. */
export const silentPhases = ['queued', 'planned', 'preparing', 'copying', 'flushing', 'checking', 'committing'] as const
export type SilentPhase = (typeof silentPhases)[number]

const limits = (softSeconds: number, hardSeconds: number): SilenceLimits => ({ softSeconds, hardSeconds })

export const defaultThresholds: Thresholds = {
  queued: limits(120, 240),
  planned: limits(30, 60),
  preparing: limits(60, 120),
  copying: limits(5, 15),
  flushing: limits(120, 240),
  checking: limits(120, 240),
  committing: limits(60, 120),
  slowBytesPerSecond: 5 * 1024 * 1024,
}
