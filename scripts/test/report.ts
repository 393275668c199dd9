import { z } from 'zod'

export interface Tally {
  passed: number
  failed: number
}

const vitestReport = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), success: z.boolean() })
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
})

/** A run that ended badly, or ran nothing, has at least one failure: a suite never passes by silence. */
function honest(tally: Tally, endedWell: boolean): Tally {
  const nothing = tally.passed + tally.failed === 0
  return tally.failed === 0 && (nothing || !endedWell) ? { ...tally, failed: 1 } : tally
}

/** From Vitest's JSON reporter. A file that could not even be loaded has no failed test, but no success either. */
export function readVitest(text: string, exitedWell: boolean): Tally {
  const { numPassedTests, numFailedTests, success } = vitestReport.parse(JSON.parse(text))
  return honest({ passed: numPassedTests, failed: numFailedTests }, exitedWell && success)
}

/** From Playwright's JSON reporter. A test that passed only when tried again counts as failed. */
export function readPlaywright(text: string, exitedWell: boolean): Tally {
  const { stats } = playwrightReport.parse(JSON.parse(text))
  return honest({ passed: stats.expected, failed: stats.unexpected + stats.flaky }, exitedWell)
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((all, one) => ({ passed: all.passed + one.passed, failed: all.failed + one.failed }), {
    passed: 0,
    failed: 0,
  })
}
