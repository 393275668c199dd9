import { defaultThresholds } from '#contracts/thresholds.ts'
import type { StackCommand } from '../fixtures/stack-info.ts'
import { expect, test } from '../fixtures/test.ts'

const quick = { ...defaultThresholds, copying: { softSeconds: 2, hardSeconds: 4 }, slowBytesPerSecond: 0 }

/** Verdicts in seconds for the tests of a file. After each, what it stopped goes on, `mend` is told, and nothing is left over. */
export function withQuickLimits(mend: readonly StackCommand[] = []): void {
  test.beforeEach(async ({ api }) => {
    await api.signIn()
    await api.mutate('settings.setThresholds', quick)
  })
  test.afterEach(async ({ api, tell }) => {
    await tell('let-go')
    for (const command of mend) await tell(command)
    await tell('slow')
    await api.mutate('settings.setThresholds', defaultThresholds)
    expect(await tell('leaks')).toEqual([])
  })
}
