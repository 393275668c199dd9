/** Clocks further apart than this, in milliseconds, are worth a warning. */
export const CLOCK_WARN_MS = 5000
