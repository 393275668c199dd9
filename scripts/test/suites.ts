/** Where a suite's numbers come from: the runner's own JSON report, or the exit status as one test. */
export type Count = 'vitest' | 'playwright' | 'exit'

export interface Suite {
  name: string
  /** Seconds it may take on 2 cores; more is said. At four times as much it is ended and has failed. */
  budgetSeconds: number
  args: readonly string[]
  count: Count
}

const vitest = (project: string, budgetSeconds: number): Suite => ({
  name: project,
  budgetSeconds,
  args: ['node_modules/vitest/vitest.mjs', 'run', '--project', project, '--tags-filter', '!long'],
  count: 'vitest',
})

const lint: Suite = {
  name: 'lint',
  budgetSeconds: 10,
  args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  count: 'exit',
}
const build: Suite = { name: 'build', budgetSeconds: 60, args: ['scripts/build.ts'], count: 'exit' }
const types: Suite = {
  name: 'types',
  budgetSeconds: 30,
  args: ['node_modules/typescript/bin/tsc', '--noEmit'],
  count: 'exit',
}
const e2e: Suite = {
  name: 'e2e',
  budgetSeconds: 300,
  args: ['scripts/test/e2e.ts', '--built', '--grep-invert', '@long'],
  count: 'playwright',
}

/**
 * What `npm test` runs, stage after stage: what is quick and tells most comes first. The suites of a stage run beside
 * each other. Together at most 20 minutes.
 */
export const stages: readonly (readonly Suite[])[] = [
  [lint],
  // Before the types: Next writes the types of routes and style sheets.
  [build],
  [types, vitest('unit', 30)],
  [vitest('integration', 760)],
  [e2e],
]
