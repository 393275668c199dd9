/** What `npm test` runs, in order. `budgetSeconds` is on 2 cores; more is printed as over budget. */
export interface Suite {
  name: string
  budgetSeconds: number
  args: readonly string[]
  /** Where the numbers come from: the runner's own JSON report, or the exit status as one test. */
  count: 'vitest' | 'exit'
}

export const suites: readonly Suite[] = [
  {
    name: 'lint',
    budgetSeconds: 20,
    args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
    count: 'exit',
  },
  { name: 'types', budgetSeconds: 30, args: ['node_modules/typescript/bin/tsc', '--noEmit'], count: 'exit' },
  {
    name: 'unit',
    budgetSeconds: 30,
    args: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'],
    count: 'vitest',
  },
  {
    name: 'integration',
    budgetSeconds: 300,
    args: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration'],
    count: 'vitest',
  },
]
