import { z } from 'zod'
import { type SilentPhase, silentPhases } from './silence.ts'

export * from './silence.ts'

const WEEK_S = 7 * 86_400
const seconds = z.number('Give a number of seconds.').int('Give whole seconds.').min(1, 'Give 1 or more.')
const limitsSchema = z.strictObject({
  /** Silence that is normal. */
  softSeconds: seconds.max(WEEK_S, 'A week is the most.'),
  /** Silence that is called stalled. */
  hardSeconds: seconds.max(2 * WEEK_S, 'Two weeks are the most.'),
})
export type SilenceLimits = z.infer<typeof limitsSchema>

/** When a silence is worth a word, and when it is called a stall: per phase, for the whole hub. */
export const thresholdsSchema = z
  .strictObject({
    ...(Object.fromEntries(silentPhases.map((phase) => [phase, limitsSchema])) as Record<
      SilentPhase,
      typeof limitsSchema
    >),
    /** A copy below this is called slow, in bytes a second; 0: never. */
    slowBytesPerSecond: z
      .number('Give a number of bytes a second.')
      .int('Give whole bytes.')
      .min(0, 'Give 0 or more.')
      .max(1e12, 'Give less than a terabyte a second.'),
  })
  .superRefine((given, context) => {
    for (const phase of silentPhases)
      if (given[phase].hardSeconds <= given[phase].softSeconds)
        context.addIssue({
          code: 'custom',
          path: [phase, 'hardSeconds'],
          message: 'The hard limit must lie above the soft one.',
        })
  })
export type Thresholds = z.infer<typeof thresholdsSchema>
