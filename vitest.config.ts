import { defineConfig } from 'vitest/config'

// unit: pure, milliseconds. integration: the real binaries, own ports and directories, cleaned after. long: the same, of what
// takes its time (npm run torture -- --tests).
const onTheRealStack = {
  exclude: ['node_modules/**'],
  globalSetup: ['e2e/world/global-setup.ts'],
  isolate: false,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  fileParallelism: true,
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', '**/*.integration.test.ts', '**/*.long.test.ts', 'e2e/**'],
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
          ...onTheRealStack,
          // A third makes all of them slower: what runs is watched every second, as long as it takes.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'long',
          include: ['**/*.long.test.ts'],
          ...onTheRealStack,
          maxWorkers: 1,
        },
      },
    ],
  },
})
