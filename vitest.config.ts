import { defineConfig } from 'vitest/config'

// unit: pure, milliseconds. integration: the real binaries, own ports and directories, cleaned after.
export default defineConfig({
  test: {
    tags: [{ name: 'long', description: 'not in npm test, which has 20 minutes, but in npm run torture -- --tests' }],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', '**/*.integration.test.ts', 'e2e/**'],
          // Nothing here keeps state in modules: loading them once for all files takes a sixth of the time.
          isolate: false,
          // Property tests take a second on an idle machine, and ten on one that is busy.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['**/*.integration.test.ts'],
          exclude: ['node_modules/**'],
          globalSetup: ['e2e/world/global-setup.ts'],
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // A third makes all of them slower: what runs is watched every second, as long as it takes.
          maxWorkers: 2,
        },
      },
    ],
  },
})
