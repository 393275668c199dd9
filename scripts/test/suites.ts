/** Where a suite's numbers come from: the runner's own JSON report, or the exit status as one test. */
export type Count = 'vitest' | 'playwright' | 'exit'

export interface Suite {
  name: string
  /** Seconds it may take on 2 cores; more is said. At three times as much it is ended and has failed. */
  budgetSeconds: number
  args: readonly string[]
  count: Count
}

/** What `npm test` runs, in order: what is quick and tells most comes first. Together at most 12 minutes. */
export const suites: readonly Suite[] = [
  {
    name: 'lint',
    budgetSeconds: 20,
    args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
    count: 'exit',
  },
  // Before the types: Next writes the types of routes and style sheets.
  { name: 'build', budgetSeconds: 40, args: ['scripts/build.ts'], count: 'exit' },
  { name: 'types', budgetSeconds: 20, args: ['node_modules/typescript/bin/tsc', '--noEmit'], count: 'exit' },
  {
    name: 'unit',
    budgetSeconds: 60,
    args: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'],
    count: 'vitest',
  },
  {
    name: 'integration',
    budgetSeconds: 330,
    args: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration'],
    count: 'vitest',
  },
  { name: 'e2e', budgetSeconds: 240, args: ['scripts/test/e2e.ts', '--built'], count: 'playwright' },
]
