import { expect, test } from 'vitest'
import { readPlaywright, readVitest, sum } from './report.ts'

const vitest = (numPassedTests: number, numFailedTests: number, success: boolean) =>
  JSON.stringify({ numPassedTests, numFailedTests, success })
const playwright = (expected: number, unexpected: number, flaky: number) =>
  JSON.stringify({ stats: { expected, unexpected, flaky, skipped: 2 } })

test('counts what the runners counted', () => {
  expect(readVitest(vitest(7, 0, true), true)).toEqual({ passed: 7, failed: 0 })
  expect(readVitest(vitest(7, 2, false), false)).toEqual({ passed: 7, failed: 2 })
  expect(readPlaywright(playwright(5, 0, 0), true)).toEqual({ passed: 5, failed: 0 })
  expect(readPlaywright(playwright(5, 1, 1), false)).toEqual({ passed: 5, failed: 2 })
})

test('a suite never passes by silence', () => {
  expect(readVitest(vitest(0, 0, true), true).failed).toBe(1)
  expect(readVitest(vitest(7, 0, false), true).failed).toBe(1)
  expect(readVitest(vitest(7, 0, true), false).failed).toBe(1)
  expect(readPlaywright(playwright(0, 0, 0), true).failed).toBe(1)
  expect(readPlaywright(playwright(3, 0, 0), false).failed).toBe(1)
  expect(() => readVitest('', true)).toThrow()
})

test('sums', () => {
  expect(sum([])).toEqual({ passed: 0, failed: 0 })
  expect(
    sum([
      { passed: 1, failed: 0 },
      { passed: 2, failed: 3 },
    ]),
  ).toEqual({ passed: 3, failed: 3 })
})
